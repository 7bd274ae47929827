import { setImmediate as nextTurn } from 'node:timers/promises';
import tap, { type Test } from 'tap';
import { statusResult, type StatusResult } from '../../protocol/schemas.js';
import { member, text } from '../codex/json.js';
import { LONG, megabytes, startBroker, type Flood, type FloodedBroker } from './broker.js';
import { areSame, bytesOf, Collector, deltasAmong } from './collector.js';
import { positionIn, WireClient } from './wire-client.js';

const READERS = 19;
const WIRES = ['stock', 'json', 'msgpack'] as const;
const GROWTH_BYTES_MAX = 60 * 1024 ** 2;
/** Less than a log holds, in the frames of all wires: who reads at all is not cut, on however slow a machine. */
const TURN: Flood = { turnEvents: 128, deltaBytes: 8 * 1024 };
/** Fills the logs, and lets the heap grow to what such a flood needs by itself. */
const WARM_UP_TURNS = 10;

/** More than fits between the broker and a client that does not read, and less than `RING_BYTES`. */
const LONG_TURN: Flood = { turnEvents: LONG ? 8_000 : 2_000, deltaBytes: 8 * 1024 };
const RING_BYTES = (LONG ? 1024 : 256) * 1024 ** 2;
/** Frames that the others get for each burst that a slow client reads. */
const FRAMES_A_BURST = 64;

/** How long it may take a slow client to read the rest. */
const BURSTS_MS_MAX = 60_000;

/** The servers there are, `ws` where the other one has no binary; and how much of a flood each client gets of each. */
const SERVERS = {
  'uWebSockets.js': { env: {}, floodBytes: (LONG ? 320 : 80) * 1024 ** 2 },
  ws: {
    env: {
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${new URL('without-uws.mjs', import.meta.url).href}`,
    },
    floodBytes: (LONG ? 320 : 40) * 1024 ** 2,
  },
} as const;

function cutsIn({ tallies }: StatusResult): number {
  return Object.values(tallies['cuts'] ?? {}).reduce((sum, count) => sum + count, 0);
}

async function statusOf(client: WireClient): Promise<StatusResult> {
  return statusResult.parse(await client.call('broker/status'));
}

async function start(t: Test, server: keyof typeof SERVERS, flood: Flood, options: readonly string[] = []) {
  const broker = await startBroker(t, flood, { options, env: SERVERS[server].env });
  const usesWs = broker.cli.stderr.all.some((line) => line.includes('using ws'));
  t.equal(usesWs, server === 'ws', `${server} serves`);
  const driver = await WireClient.connect(t, broker.url, { name: 'driver' });
  const threadId = text(await driver.call('thread/start'), 'thread', 'id');
  await driver.call('thread/unsubscribe', { threadId });
  const begin = async (): Promise<void> => {
    await driver.call('turn/start', { threadId, input: [{ type: 'text', text: 'go' }] });
  };
  return { broker, driver, threadId, begin };
}

/** A turn has come to all of them whole. Returns how much one was sent. */
async function arrives(t: Test, readers: readonly Collector[], { turnEvents }: Flood): Promise<number> {
  const turns = await Promise.all(
    readers.map(async (reader) => ({ wire: reader.client.wire, frames: await reader.takeTurn() })),
  );
  const firsts = WIRES.map((wire) => turns.find((turn) => turn.wire === wire)?.frames ?? []);
  const same = turns.every(({ wire, frames }) => areSame(frames, firsts[WIRES.indexOf(wire)] ?? []));
  if (!same) t.fail('not all of a wire have the same');
  for (const frames of firsts)
    if (frames.length > 0 && deltasAmong(frames) !== turnEvents) t.fail(`${deltasAmong(frames)} deltas`);
  return Math.min(...turns.map(({ frames }) => bytesOf(frames)));
}

async function readers(t: Test, { url }: FloodedBroker, threadId: string): Promise<readonly Collector[]> {
  return await Promise.all(
    Array.from({ length: READERS }, (_, at) => {
      const wire = WIRES[at % WIRES.length] ?? 'stock';
      return Collector.join(t, url, { name: `reader ${at}`, wire, threadId });
    }),
  );
}

for (const server of Object.keys(SERVERS) as (keyof typeof SERVERS)[]) {
  void tap.test(`${server}: one that never reads is cut, and nobody else notices`, async (t) => {
    const { broker, driver, threadId, begin } = await start(t, server, TURN);
    const others = await readers(t, broker, threadId);
    for (let turn = 0; turn < WARM_UP_TURNS; turn += 1) {
      await begin();
      await arrives(t, others, TURN);
    }
    const silent = await WireClient.open(t, broker.url);
    const greeted = await silent.initialize({ name: 'silent' });
    const joined = await silent.call('broker/thread/join', { threadId });
    silent.stall();
    broker.memory.begin();
    let bytes = 0;
    let grown = 0;
    while (bytes < SERVERS[server].floodBytes) {
      await begin();
      bytes += await arrives(t, others, TURN);
      grown = Math.max(grown, broker.memory.grownBytes());
    }
    t.pass(`${READERS} clients got ${megabytes(bytes)} each, whole and in order`);
    t.ok(grown < GROWTH_BYTES_MAX, `the broker has grown by ${megabytes(grown)}`);
    t.equal(cutsIn(await statusOf(driver)), 1);

    silent.resume();
    const { code } = await silent.ended;
    // It reads the close frame only where it reads again before the broker has lost patience.
    t.ok([4008, 1006].includes(code), `cut with ${code}`);
    const back = await WireClient.open(t, broker.url);
    const previousConnectionId = text(greeted, 'threadcast', 'connectionId');
    const result = await back.initialize({
      capabilities: { extensions: { threadcast: { previousConnectionId } } },
    });
    t.match(member(result, 'threadcast', 'previous'), { reason: 'slowConsumer', pendingBytes: Number });
    const since = { ...positionIn(joined) };
    t.match(await back.call('broker/thread/join', { threadId, since }), { recovered: false });
  });

  void tap.test(`${server}: one that is slow and stays within the log is not cut`, async (t) => {
    const options = ['--ring-bytes', String(RING_BYTES), '--memory-bytes', String(2 * RING_BYTES)];
    const { broker, driver, threadId, begin } = await start(t, server, LONG_TURN, options);
    const join = async (name: string, wire: 'stock' | 'msgpack'): Promise<Collector> =>
      await Collector.join(t, broker.url, { name, wire, threadId });
    const fast = [await join('fast', 'stock'), await join('fast', 'msgpack')];
    const slow = [await join('slow', 'stock'), await join('slow', 'msgpack')];
    for (const one of slow) {
      one.client.stall();
      // What the kernel hands over at a time.
      one.onFrame = () => one.client.stall();
    }
    const [pacer] = fast;
    if (pacer) {
      pacer.onFrame = () => {
        if (pacer.frames.length % FRAMES_A_BURST === 0) for (const one of slow) one.client.resume();
      };
    }
    await begin();
    const whole = await Promise.all(fast.map(async (one) => await one.takeTurn()));
    t.equal(deltasAmong(whole[0] ?? []), LONG_TURN.turnEvents);
    const { connections } = await statusOf(driver);
    for (const { clientName, lagging } of connections.filter(({ clientName }) => clientName !== 'driver'))
      t.equal(lagging, clientName === 'slow', `${clientName} lags: ${lagging}`);
    for (const [at, one] of slow.entries()) {
      const had = one.frames.length;
      const patience = AbortSignal.timeout(BURSTS_MS_MAX);
      while (!one.hasTurn) {
        patience.throwIfAborted();
        one.client.resume();
        await nextTurn();
      }
      const frames = await one.takeTurn();
      t.ok(had < frames.length / 2, `${had} of ${frames.length} frames when the others had all`);
      t.ok(areSame(frames, whole[at] ?? []), 'it got everything, in order');
    }
    t.equal(cutsIn(await statusOf(driver)), 0);
  });
}
