import tap, { type Test } from 'tap';
import { isObject, text } from '../codex/json.js';
import type { Client } from '../conformance/client.js';
import { startTurn, turnEnds, typed } from '../conformance/scenarios/steps.js';
import { Editor } from './editor.js';
import { attach, noCodex, setStage, type Stage } from './stage.js';

/** An editor over `threadcast --stdio -- codex app-server`, where it would have started `codex app-server`. */
async function startEditor(
  t: Test,
  stage: Stage,
  name: string,
  options: readonly string[] = [],
): Promise<Editor> {
  const { env, work: cwd } = stage.home;
  const own = [
    '--stdio',
    '--no-auth',
    '--state-dir',
    stage.stateDir,
    '--listen',
    'ws://127.0.0.1:0',
    ...options,
  ];
  const editor = await Editor.start(name, [...own, '--', stage.codex, 'app-server'], { env, cwd });
  t.teardown(async () => await editor.cli.end());
  return editor;
}

/** A thread that another can resume: it has had a turn. */
async function threadOf(editor: Editor, cwd: string): Promise<string> {
  const threadId = text(await editor.call('thread/start', { cwd }), 'thread', 'id');
  await turnFrom(editor, threadId, 'hello');
  return threadId;
}

async function turnFrom(editor: Editor, threadId: string, words: string): Promise<void> {
  await editor.call('turn/start', { threadId, input: typed(words) });
  await editor.notification('turn/completed', threadId);
}

/** Each in turn says something, and the others see the end of it. */
async function talk(t: Test, threadId: string, editors: readonly Editor[], client: Client): Promise<void> {
  for (const editor of editors) {
    await turnFrom(editor, threadId, 'from an editor');
    await turnEnds([client], threadId);
    for (const other of editors) if (other !== editor) await other.notification('turn/completed', threadId);
  }
  await startTurn(client, threadId, 'from the WebSocket');
  for (const editor of editors) await editor.notification('turn/completed', threadId);
  await turnEnds([client], threadId);
  t.pass('all see what each says');
}

void tap.test(
  'an editor on pipes and a WebSocket client share a thread',
  { skip: noCodex },
  async (suite) => {
    const stage = await setStage(suite);
    const editor = await startEditor(suite, stage, 'editor');
    const threadId = await threadOf(editor, stage.home.work);
    const client = await attach(suite, await editor.cli.listening('ws'), 'client');
    await client.call('thread/resume', { threadId, excludeTurns: true });
    await talk(suite, threadId, [editor], client);

    const joining = {
      'another editor that starts the same joins': () => startEditor(suite, stage, 'second'),
      'connect joins': () => Editor.start('third', ['connect', '--state-dir', stage.stateDir], {}),
    };
    for (const [name, join] of Object.entries(joining)) {
      await suite.test(name, async (t) => {
        const other = await join();
        t.teardown(async () => await other.cli.end());
        await other.call('thread/resume', { threadId, excludeTurns: true });
        await talk(t, threadId, [editor, other], client);
        other.cli.endStdin();
        t.match(await other.cli.exits(), { code: 0 }, 'the end of its stdin ends it alone');
        await talk(t, threadId, [editor], client);
      });
    }

    await suite.test('the end of stdin ends the broker, which tells the others', async (t) => {
      editor.cli.endStdin();
      t.match(await editor.cli.exits(), { code: 0 });
      await client.disconnect();
      t.strictSame(client.transcript.at(-1)?.body, { wire: 'closed 4000' });
      t.ok(
        editor.received.every((body) => isObject(body) && !('jsonrpc' in body)),
        'stdout carried the protocol and nothing else',
      );
    });
  },
);

void tap.test('with --keep the broker goes on when stdin ends', { skip: noCodex }, async (t) => {
  const stage = await setStage(t);
  const editor = await startEditor(t, stage, 'editor', ['--keep', '--log-level', 'info']);
  const threadId = await threadOf(editor, stage.home.work);
  const client = await attach(t, await editor.cli.listening('ws'), 'client');
  await client.call('thread/resume', { threadId, excludeTurns: true });
  editor.cli.endStdin();
  await editor.cli.stderr.take('its leaving', (line) => /"client":"editor".*"msg":"left"/.test(line));
  await startTurn(client, threadId, 'still here?');
  await turnEnds([client], threadId);
  t.match(await editor.cli.end(), { code: 0 });
});
