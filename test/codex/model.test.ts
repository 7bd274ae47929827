import tap, { type Test } from 'tap';
import type { Json } from './json.js';
import { ScriptedModel } from './model.js';

async function startModel(t: Test): Promise<ScriptedModel> {
  const model = await ScriptedModel.start();
  t.teardown(async () => await model.stop());
  return model;
}

/** What Codex would send for a thread whose last item is this one, after a user's text. */
async function ask(model: ScriptedModel, text: string, ...more: readonly Json[]): Promise<Response> {
  const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  return await fetch(`${model.url}/responses`, {
    method: 'POST',
    headers: { 'thread-id': 'thread' },
    body: JSON.stringify({ input: [user, ...more] }),
  });
}

/** The types of the events, and the text or tool that they carry. */
async function events(response: Response): Promise<readonly string[]> {
  const data = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
  return data.map((line) => {
    const type = /"type":"response\.([^"]+)"/.exec(line)?.[1];
    const detail = /"(?:delta|name)":"([^"]+)"/.exec(line)?.[1];
    return [type, detail].filter((part) => part !== undefined).join(' ');
  });
}

const output = (text: string): Json => ({ type: 'function_call_output', call_id: 'c', output: text });

const said = (...words: string[]): readonly string[] => [
  'created',
  'output_item.added',
  ...words.map((word) => `output_text.delta ${word}`),
  'output_item.done',
  'completed',
];

void tap.test('other paths hold an empty list', async (t) => {
  const model = await startModel(t);
  t.strictSame(await (await fetch(`${model.url}/models`)).json(), { object: 'list', data: [] });
});

void tap.test('by default the model does what it is told', async (t) => {
  const model = await startModel(t);
  t.strictSame(await events(await ask(model, 'hello')), said('You ', 'said ', 'hello'));
  t.strictSame(await events(await ask(model, 'run ls')), [
    'created',
    'output_item.done exec_command',
    'completed',
  ]);
  t.strictSame(await events(await ask(model, 'spawn hi')), [
    'created',
    'output_item.done spawn_agent',
    'completed',
  ]);
  t.match(await events(await ask(model, 'fail')), ['created', 'failed']);
});

void tap.test("a tool's output is followed up", async (t) => {
  const model = await startModel(t);
  t.strictSame(await events(await ask(model, 'run ls', output('files'))), said('That ', 'is done.'));
  t.match(await events(await ask(model, 'spawn hi', output('{"agent_id":"x"}'))), ['created', /wait_agent/]);
});

void tap.test('a script decides by the request', async (t) => {
  const model = await startModel(t);
  model.script = (turn) => {
    const { threadId, text, output } = turn.request;
    turn.say(JSON.stringify({ threadId, text, output }).replaceAll('"', "'"));
  };
  const response = await ask(model, 'hello', output('files'));
  t.strictSame(await events(response), said("{'threadId':'thread','text':'hello','output':'files'}"));
});

void tap.test('a held turn streams what the test says, when it says so', async (t) => {
  const model = await startModel(t);
  const held = model.hold('hello');
  const asking = ask(model, 'hello');
  const turn = await held;
  turn.think('Hm.');
  turn.say('one ', 'two');
  turn.finish();
  turn.say('nothing is said after the end');
  t.strictSame(await events(await asking), [
    'created',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta Hm.',
    'output_item.done',
    'output_item.added',
    'output_text.delta one ',
    'output_text.delta two',
    'output_item.done',
    'completed',
  ]);
  t.strictSame(await events(await ask(model, 'hello')), said('You ', 'said ', 'hello'), 'one request only');
});

void tap.test('an answer may hold more than words', async (t) => {
  const model = await startModel(t);
  model.script = (turn) => {
    turn.thinkAloud('Hm.');
    turn.callWithText('apply_patch', 'the patch');
    turn.item('ws', { type: 'web_search_call', action: { type: 'search', query: 'weather' } });
    turn.event('response.metadata', { metadata: {} });
  };
  t.strictSame(await events(await ask(model, 'hello')), [
    'created',
    'output_item.added',
    'reasoning_text.delta Hm.',
    'output_item.done',
    'output_item.done apply_patch',
    'output_item.added',
    'output_item.done',
    'metadata',
    'completed',
  ]);
});

void tap.test('an answer stops in the middle', async (t) => {
  const model = await startModel(t);
  model.script = (turn) => {
    turn.say('Half a ');
    turn.breakOff();
  };
  t.strictSame(await events(await ask(model, 'hello')), [
    'created',
    'output_item.added',
    'output_text.delta Half a ',
  ]);
});

void tap.test('a request is turned away, or received with headers', async (t) => {
  const model = await startModel(t);
  model.reception = ({ text, headers }) => ({
    ...(text === 'away' ? { status: 429, body: { error: { message: 'later' } } } : {}),
    headers: { 'x-seen': String(headers['thread-id']) },
  });
  const away = await ask(model, 'away');
  t.equal(away.status, 429);
  t.equal(away.headers.get('x-seen'), 'thread');
  t.strictSame(await away.json(), { error: { message: 'later' } });
  const received = await ask(model, 'hello');
  t.equal(received.headers.get('x-seen'), 'thread');
  t.strictSame(await events(received), said('You ', 'said ', 'hello'));
});
