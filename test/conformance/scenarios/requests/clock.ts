import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds } from '../steps.js';
import { QUIET, REFUSAL } from './asked.js';
import { scripted } from './script.js';

const TIME = 'currentTime/read';
const AT = 1_781_717_655;
/** How often it is asked for one answer of the model. */
const PER_ANSWER = 3;
const config = {
  settings: QUIET,
  tables: [
    '[features.current_time_reminder]',
    'enabled = true',
    'reminder_interval_seconds = 1',
    'clock_source = "external"',
    'sleep_tool = true',
  ],
};

/** The server has no clock of its own and asks the one client of the thread, time and again. */
export const clock: Scenario = {
  name: 'clock',
  long: true,
  covers: [TIME],
  config: () => config,
  freedoms: [
    {
      reason:
        'It is asked by the task that runs the turn, and what happens there is told by another. Seen in about one run ' +
        'in four.',
      matches: ({ subject }) => subject === TIME,
      lane: ({ subject }) => subject,
    },
  ],
  async run({ clients: { a, b, c }, model, work, settle }) {
    model.script = scripted({ rest: [(turn) => turn.call('sleep', { duration_ms: 500 }, 'clock')] });
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    await startTurn(a, threadId, 'hello');
    await tells(a, threadId, PER_ANSWER);
    await status([b, c], threadId, 'idle');
    await settle();
    await startTurn(b, threadId, 'rest');
    await tells(a, threadId, 2 * PER_ANSWER + 1);
    await status([b, c], threadId, 'idle');
    await settle();

    await startTurn(a, threadId, 'hello');
    a.reject(await a.request(TIME), REFUSAL);
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'systemError');
    await settle();
    await startTurn(a, threadId, 'hello');
    a.answer(await a.request(TIME), { now: AT });
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'systemError');
    await settle();

    // Too late, and once more.
    await startTurn(a, threadId, 'hello');
    const request = await a.request(TIME);
    a.answer(request, { currentTimeAt: AT });
    await tells(a, threadId, PER_ANSWER - 1);
    a.answer(request, { currentTimeAt: AT });
    await status([b, c], threadId, 'idle');
  },
};

/** Tells the time as often as it is asked in that turn, and sees it end. */
async function tells(client: Client, threadId: string, times: number): Promise<void> {
  for (let told = 0; told < times; told += 1) {
    client.answer(await client.request(TIME), { currentTimeAt: AT + 100 * told });
  }
  await turnEnds([client], threadId);
}
