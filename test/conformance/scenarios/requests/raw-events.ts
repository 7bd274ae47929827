import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn } from '../steps.js';
import { ended } from './asked.js';
import { scripted } from './script.js';

/** A client wants to see what goes to the model and comes from it as it is; so do then all that look on. */
export const rawEvents: Scenario = {
  name: 'raw-events',
  long: true,
  covers: ['rawResponseItem/completed', 'rawResponse/completed'],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    model.script = scripted({});
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect();
    await c.refused('thread/start', { cwd: work, experimentalRawEvents: true });
    const raw = await startThread(a, work, { experimentalRawEvents: true });
    const plain = await startThread(b, work);
    for (const [owner, threadId] of [
      [a, raw],
      [b, plain],
    ] as const) {
      await startTurn(owner, threadId, 'hello');
      await ended(
        [owner],
        [a, b, c, d].filter((client) => client !== owner),
        threadId,
      );
    }
    for (const client of [b, c]) {
      await resumeThread(client, [a, b, c, d], { threadId: raw, excludeTurns: true });
    }
    await resumeThread(a, [a, b, c, d], { threadId: plain, excludeTurns: true });
    await settle();
    await startTurn(b, raw, 'hello again');
    await ended([a, b, c], [d], raw);
    await settle();
    await startTurn(a, plain, 'hello again');
    await ended([a, b], [c, d], plain);
  },
};
