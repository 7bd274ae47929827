import { isList, member, text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';

const APPROVAL = 'item/commandExecution/requestApproval';
const LIST = 'thread/backgroundTerminals/list';
const TERMINATE = 'thread/backgroundTerminals/terminate';
const NOBODY = '00000000-0000-7000-8000-000000000000';

type Four = readonly [Client, Client, Client, Client];

/** Commands that outlive their turn. An outsider lists them and ends them; the subscribers are told how they ended. */
export const terminals: Scenario = {
  name: 'terminals',
  long: true,
  covers: [LIST, TERMINATE, 'thread/backgroundTerminals/clean'],
  freedoms: [
    {
      reason:
        'A command that is killed says that it was, or that nothing is known of its end: exit code 137 or -1. Seen in ' +
        'about one run in four. That both subscribers are told is awaited.',
      matches: ({ subject, text: words }) => subject === 'item/completed' && words.includes('tail -f'),
      lane: () => null,
    },
  ],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    for (const client of [a, b]) await client.connect();
    for (const client of [c, d]) await client.connect({});
    const { script } = model;
    model.script = async (turn) => {
      const { text: words, output } = turn.request;
      if (words.startsWith('tail') && output === null) turn.call('exec_command', longCommand(words));
      else await script(turn);
    };
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    await resumeThread(d, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();
    await begun([a, b, c, d], threadId, 'one');
    const processId = text(firstOf(await b.call(LIST, { threadId })), 'processId');
    await b.call(TERMINATE, { threadId, processId });
    await ended([a, d], threadId);
    await b.call(TERMINATE, { threadId, processId });
    await settle();
    await begun([a, b, c, d], threadId, 'two');
    await b.call(LIST, { threadId, limit: 1 });
    await b.call('thread/backgroundTerminals/clean', { threadId });
    await ended([a, d], threadId);
    await b.call(LIST, { threadId });

    await c.refused(LIST, { threadId });
    await b.refused(LIST, { threadId: NOBODY });
    await b.refused(LIST, { threadId, cursor: 'no cursor' });
    await b.refused(TERMINATE, { threadId, processId: 'no number' });
    await b.refused(TERMINATE, { threadId: NOBODY, processId });
    await b.refused('thread/backgroundTerminals/clean', { threadId: NOBODY });
  },
};

/** A turn that leaves a command behind. */
async function begun([a, b, c, d]: Four, threadId: string, name: string): Promise<void> {
  await startTurn(a, threadId, `tail -f /dev/null # ${name}`);
  a.answer(await a.request(APPROVAL), { decision: 'accept' });
  await d.request(APPROVAL);
  await turnEnds([a, d], threadId);
  await status([b, c], threadId, 'idle');
}

/** The tool's output comes at once, and the command goes on. */
function longCommand(cmd: string): object {
  return { cmd, yield_time_ms: 250, sandbox_permissions: 'require_escalated', justification: 'to wait' };
}

function firstOf(page: Json): Json {
  const data = member(page, 'data');
  return isList(data) ? (data[0] ?? null) : null;
}

async function ended(clients: readonly Client[], threadId: string): Promise<void> {
  const isCommand = (params: Json): boolean =>
    of(threadId)(params) && member(params, 'item', 'type') === 'commandExecution';
  for (const client of clients) await client.notification('item/completed', isCommand);
}
