import { isList, member, text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn, status, turnEnds } from '../steps.js';

const APPROVAL = 'item/commandExecution/requestApproval';
const NO_TO_SECRETS = 'grep -q secret && { echo No secrets >&2; exit 2; } || echo Be kind';

/**
 * Programs run at certain points of a turn, and may stop it. Subscribers are told of each that runs, also those that
 * know no experimental methods, but for one that does not want to hear of their beginning.
 */
export const hooks: Scenario = {
  name: 'hooks',
  long: true,
  covers: ['hooks/list', 'hook/started', 'hook/completed', 'config/batchWrite'],
  features: ['hooks'],
  config: () => ({
    tables: [
      ...hook('SessionStart', 'true'),
      ...hook('UserPromptSubmit', NO_TO_SECRETS),
      ...hook('PreToolUse', 'true'),
      ...hook('PostToolUse', 'false'),
      ...hook('Stop', 'true'),
    ],
  }),
  freedoms: [
    {
      reason:
        'The version of the config is a hash over the file, and the port of the model server is in that.',
      matches: ({ subject }) => subject === 'answer to config/batchWrite',
      lane: () => null,
    },
  ],
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect({ optOutNotificationMethods: ['hook/started'] });
    await trustAll(a, work);
    const threadId = await startThread(a, work);
    await startTurn(a, threadId, 'hello');
    await turnEnds([a], threadId);
    await status([b, c, d], threadId, 'idle');
    for (const each of [c, d]) await resumeThread(each, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await startTurn(b, threadId, 'run true');
    for (const each of [c, d]) await each.request(APPROVAL);
    a.answer(await a.request(APPROVAL), { decision: 'accept' });
    await turnEnds([a, c, d], threadId);
    await status([b], threadId, 'idle');
    await settle();
    await startTurn(c, threadId, 'a secret');
    await turnEnds([a, c, d], threadId);
    await status([b], threadId, 'idle');
    await settle();
    await b.call('thread/turns/list', { threadId, itemsView: 'full' });
    await b.call('thread/read', { threadId });
  },
};

function hook(event: string, command: string): readonly string[] {
  return [
    `[[hooks.${event}]]`,
    `[[hooks.${event}.hooks]]`,
    'type = "command"',
    `command = ${JSON.stringify(command)}`,
  ];
}

/** Hooks run only once their user has said that those very ones may. */
async function trustAll(client: Client, work: string): Promise<void> {
  const found = member(await client.call('hooks/list', { cwds: [work] }), 'data');
  const listed = isList(found) ? found.flatMap((each) => member(each, 'hooks') ?? []) : [];
  const state = listed
    .flat()
    .map((each: Json): [string, Json] => [
      text(each, 'key'),
      { trusted_hash: member(each, 'currentHash') ?? null },
    ]);
  await client.call('config/batchWrite', {
    edits: [{ keyPath: 'hooks.state', value: Object.fromEntries(state), mergeStrategy: 'upsert' }],
    reloadUserConfig: true,
  });
}
