/**
 * How long the broker takes to be ready with the demo runtime, next to an empty Node process of the same run.
 *
 *   npm run bench, or after a build: npx tsx bench/start.ts
 */
import { spawnSync } from 'node:child_process';
import { startBroker } from './broker-process.js';
import { median, report } from './measure.js';

const ROUNDS = 9;
/** Ready within this, at the median. */
const READY_MS_MAX = 500;

const ready: number[] = [];
const empty: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const broker = await startBroker([]);
  ready.push(broker.readyMs);
  await broker.stop();
  const startedAt = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  empty.push(performance.now() - startedAt);
}
const middle = median(ready);
report(`ready after ${middle.toFixed(0)} ms at the median of ${ROUNDS} (allowed ${READY_MS_MAX} ms)`);
report(`an empty Node process takes ${median(empty).toFixed(0)} ms: ${(middle / median(empty)).toFixed(1)}×`);
process.exitCode = middle <= READY_MS_MAX ? 0 : 1;
