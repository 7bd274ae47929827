/**
 * What the broker adds to a `thread/read`: the same request to one kind of runtime, directly over its pipes and
 * through the broker, in turns within one run.
 *
 *   npm run bench, or after a build: npx tsx bench/round-trip.ts [-- RUNTIME [ARG…]]
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from './broker-process.js';
import { median, report } from './measure.js';
import { childPeer, socketPeer } from './peer.js';
import type { Peer } from './peer.js';

const ROUNDS = 15;
const CALLS_A_ROUND = 100;
/** What a round trip may cost more than the direct one, at the median. */
const ADDED_MS_MAX = 0.3;

const dashes = process.argv.indexOf('--');
const runtime = dashes === -1 ? [] : process.argv.slice(dashes + 1);
const demo = [
  process.execPath,
  'dist/broker/demo/main.js',
  '--state-dir',
  mkdtempSync(join(tmpdir(), 'threadcast-bench-')),
];
const [command = process.execPath, ...args] = runtime.length > 0 ? runtime : demo;

const broker = await startBroker([command, ...args]);
const peers: Record<string, Peer> = {
  direct: await childPeer(command, args),
  'through the broker, TCP': await socketPeer(broker.tcp),
  'through the broker, unix socket': await socketPeer(broker.unix),
};
const figures = new Map<string, number[]>(Object.keys(peers).map((name) => [name, []]));
const threads = new Map<string, string>();
for (const [name, peer] of Object.entries(peers)) {
  const { thread } = (await peer.call('thread/start', {})) as { thread: { id: string } };
  threads.set(name, thread.id);
}
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, peer] of Object.entries(peers)) {
    for (let call = 0; call < CALLS_A_ROUND; call += 1) {
      const startedAt = performance.now();
      await peer.call('thread/read', { threadId: threads.get(name) });
      figures.get(name)?.push(performance.now() - startedAt);
    }
  }
}
const direct = median(figures.get('direct') ?? []);
report(`thread/read, ${ROUNDS * CALLS_A_ROUND} each, median`);
let worst = 0;
for (const [name, taken] of figures) {
  const middle = median(taken);
  worst = Math.max(worst, middle - direct);
  report(`  ${name.padEnd(32)} ${middle.toFixed(3)} ms  ${(middle / direct).toFixed(2)}×`);
}
report(`added at most ${worst.toFixed(3)} ms (allowed ${ADDED_MS_MAX} ms)`);
for (const peer of Object.values(peers)) peer.close();
await broker.stop();
process.exitCode = worst <= ADDED_MS_MAX ? 0 : 1;
