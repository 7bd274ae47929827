import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { usageUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { startTurn, typed } from '../steps.js';
import { ended, sharedThread } from './asked.js';
import { scripted } from './script.js';

const OUTPUT = 'item/commandExecution/outputDelta';
/** A command waits until this file is there. */
const GATE = 'gate';
const WAITS = `until [ -e ${GATE} ]; do sleep 0.02; done; rm ${GATE}; echo gone on`;

/** Commands that say much, run long, run side by side, and are interrupted; turns are steered meanwhile. */
export const commands: Scenario = {
  name: 'commands',
  long: true,
  covers: [
    OUTPUT,
    'turn/steer',
    'turn/interrupt',
    'thread/backgroundTerminals/list',
    'thread/backgroundTerminals/clean',
  ],
  config: () => ({ settings: { sandbox_mode: 'danger-full-access', approval_policy: 'never' } }),
  freedoms: [
    {
      reason:
        'A command writes when the machine lets it, and what is read at once is one delta. What it wrote before the ' +
        'server listened is only in the whole output. Seen in about one run in two.',
      matches: ({ subject }) => subject === OUTPUT,
      lane: () => null,
    },
    usageUntold,
  ],
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      work,
      settle,
    } = stage;
    model.script = scripted({
      fails: [(turn) => turn.call('exec_command', { cmd: 'echo out >&2; exit 3' })],
      much: [(turn) => turn.call('exec_command', { cmd: 'seq 1 30000', max_output_tokens: 50 })],
      missing: [(turn) => turn.call('exec_command', { cmd: 'no-such-program' })],
      waits: [(turn) => turn.call('exec_command', { cmd: WAITS, yield_time_ms: 30_000 })],
    });
    const threadId = await sharedThread(stage);
    for (const words of ['fails', 'much', 'missing']) {
      await startTurn(d, threadId, words);
      await ended([a, b, c], [d], threadId);
      await settle();
    }

    // Two steer while it runs, and one does so in vain.
    const turnId = await startTurn(a, threadId, 'waits');
    const begun = (client: typeof a): Promise<unknown> =>
      client.notification('item/started', (params) => JSON.stringify(params).includes('unifiedExecStartup'));
    for (const client of [a, b, c]) await begun(client);
    await settle();
    await b.call('turn/steer', { threadId, input: typed('faster'), expectedTurnId: turnId });
    await d.call('turn/steer', { threadId, input: typed('slower'), expectedTurnId: turnId });
    await c.refused('turn/steer', { threadId, input: [], expectedTurnId: turnId });
    await c.refused('turn/steer', { threadId, input: typed('left'), expectedTurnId: 'another' });
    await settle();
    await writeFile(path.join(work, GATE), 'told\n');
    await ended([a, b, c], [d], threadId);
    await settle();

    // Interrupted while it runs, with more input waiting.
    const running = await startTurn(a, threadId, 'waits');
    for (const client of [a, b, c]) await begun(client);
    await b.call('turn/steer', { threadId, input: typed('too late'), expectedTurnId: running });
    await settle();
    await d.call('turn/interrupt', { threadId, turnId: running });
    await ended([a, b, c], [d], threadId);
    await settle();
    // Not as a page: its cursors count what was written down, and of the usage it is open whether that was.
    await d.call('thread/read', { threadId, includeTurns: true });
    // It runs on all the same, and ends when it may.
    await a.call('thread/backgroundTerminals/list', { threadId });
    await writeFile(path.join(work, GATE), 'told\n');
    for (const client of [a, b, c]) await client.notification('item/completed');
    await a.call('thread/backgroundTerminals/clean', { threadId });
  },
};
