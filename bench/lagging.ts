/**
 * What clients that do not read cost the others: 100 clients of one thread, all reading, and then 20 of them not, in
 * turns. Each pair compares the 80 that read both times: how much was written to them, and their latency.
 *
 *   npm run bench, or after a build: npx tsx bench/lagging.ts
 */
import { STAMPING_RUNTIME, startBroker } from './broker-process.js';
import { median, report } from './measure.js';
import { SwarmClient } from './swarm.js';

const CLIENTS = 100;
const LAGGING = 20;
const PAIRS = 5;
const LOAD = { threadId: 'bench', events: 4_000, bytes: 256, perSecond: 1_000 };
const STAMP = Buffer.from('"delta":"');
const STAMP_DIGITS = 18;

const broker = await startBroker(STAMPING_RUNTIME);

interface Member {
  readonly client: SwarmClient;
  /** µs, one for each event. */
  readonly latencies: number[];
  done: () => void;
}

let answered = (_result: unknown): void => {};
const asker = await SwarmClient.open(broker.socketPath, (bytes, start, end) => {
  const message = JSON.parse(bytes.toString('utf8', start, end)) as { id?: number; result?: unknown };
  if (message.id !== undefined) answered(message.result);
});
function ask(method: string, params: object): Promise<unknown> {
  return new Promise((resolve) => {
    answered = resolve;
    asker.send({ id: 1, method, params });
  });
}
const initialize = { clientInfo: { name: 'bench', version: '1' }, capabilities: { experimentalApi: true } };
await ask('initialize', initialize);

async function join(): Promise<Member> {
  const member: Partial<Member> & { latencies: number[] } = { latencies: [] };
  let ready = (): void => {};
  const client = await SwarmClient.open(broker.socketPath, (bytes, start, end) => {
    const at = bytes.indexOf(STAMP, start);
    if (at !== -1 && at < end) {
      const from = at + STAMP.length;
      const said = BigInt(bytes.toString('latin1', from, from + STAMP_DIGITS));
      member.latencies.push(Number(process.hrtime.bigint() / 1000n - said));
    } else if (bytes.subarray(start, end).includes('turn/completed')) member.done?.();
    else if (bytes.subarray(start, end).includes('"id":2')) ready();
  });
  const joined = new Promise<void>((resolve) => (ready = resolve));
  client.send({ id: 1, method: 'initialize', params: initialize });
  client.send({ id: 2, method: 'thread/resume', params: { threadId: 'bench' } });
  await joined;
  return Object.assign(member, { client, done: () => {} });
}

const members = await Promise.all(Array.from({ length: CLIENTS }, join));
const readers = members.slice(LAGGING);

/** What the broker has counted: frames sent, and clients cut. */
async function counters(): Promise<{ framesSent: number; cut: number }> {
  const { counters, tallies } = (await ask('broker/status', {})) as {
    counters: { framesSent: number };
    tallies: { cuts: Readonly<Record<string, number>> };
  };
  return { ...counters, cut: Object.values(tallies.cuts).reduce((sum, count) => sum + count, 0) };
}

/** One turn. Returns the 99th percentile of the readers' latencies, in µs, and what the broker has counted. */
async function turn(lagging: number): Promise<{ p99: number; frames: number; events: number }> {
  for (const { latencies } of members) latencies.length = 0;
  const idle = members.slice(0, lagging);
  for (const { client } of idle) client.pause();
  const finished = readers.map((member) => new Promise<void>((resolve) => (member.done = resolve)));
  const before = await counters();
  await ask('turn/start', LOAD);
  await Promise.all(finished);
  const after = await counters();
  const all = idle.map((member) => new Promise<void>((resolve) => (member.done = resolve)));
  for (const { client } of idle) client.resume();
  await Promise.all(all);
  if (after.cut !== before.cut) throw new Error('a client was cut');
  for (const { latencies } of members) {
    if (latencies.length !== LOAD.events) throw new Error(`a client got ${latencies.length} events`);
  }
  const sorted = readers.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  return {
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    frames: after.framesSent - before.framesSent,
    events: sorted.length,
  };
}

await turn(0);
const ratios: number[] = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  const all = await turn(0);
  const some = await turn(LAGGING);
  ratios.push(some.p99 / all.p99);
  const frames = `${some.frames} frames instead of ${all.frames}`;
  report(`  p99 ${some.p99} µs with ${LAGGING} of ${CLIENTS} lagging, ${all.p99} µs with none; ${frames}`);
}
report(
  `p99 of the ${CLIENTS - LAGGING} others with ${LAGGING} lagging: ${median(ratios).toFixed(2)}×, median of ${PAIRS}`,
);
for (const { client } of members) client.close();
asker.close();
await broker.stop();
