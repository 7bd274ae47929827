import { pino } from 'pino';
/**
 * Many who come and go while a runtime talks all the time: what the broker holds does not grow. `THREADCAST_SOAK_MS` says
 * for how long.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Test } from 'tap';
import { Access } from '../../broker/access/access.js';
import { AllowedNames } from '../../broker/access/names.js';
import { Rights } from '../../broker/access/rights.js';
import { systemClock } from '../../broker/clock.js';
import { httpHooks } from '../../broker/ops/http.js';
import { Page } from '../../broker/ops/page.js';
import { listen } from '../../broker/transports/listen.js';
import { wsServer } from '../../broker/transports/ws.js';
import { HeldToken } from '../access/asking.js';
import { itemCompleted, itemStarted, statusOf, turnCompleted, turnStarted } from '../broker/events.js';
import { inTime } from '../support/deadline.js';
import { delta, InMemory } from '../support/in-memory.js';
import type { MemoryClient } from '../support/in-memory.js';
import { anyPort } from '../transports/server.js';
import { Chance } from './chance.js';
import { visit } from './visitor.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const MIB = 1024 * 1024;
/** In the short run there is less of everything, and what Node itself still takes counts for more. */
const MEMORY_BYTES = LONG ? 64 * MIB : 4 * MIB;
const VISITORS = 50;
const THREADS = 10;
/** All logs full are less than what all may hold: none is let go of whole, which would hide what grows. */
const RING_BYTES = MEMORY_BYTES / (THREADS + 2);
const EVENTS_A_SECOND = 2_000;
const TICK_MS = 10;
/** How often the figures are looked at. */
const LOOK_MS = 50;
const COLLECTIONS = 3;
const SOAK_MS = Number(process.env['THREADCAST_SOAK_MS'] ?? (LONG ? 10 * 60_000 : 2_000));
const GROWTH_MAX = LONG ? 1.1 : 1.5;
/** Of a turn, in events. */
const TURN_EVENTS = 200;
const TEXT = 'x'.repeat(LONG ? 500 : 2_000);
const TEST_MS_MAX = SOAK_MS + 5 * 60_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is held after a collection, in bytes: in the heap, and in buffers beside it. */
async function held(): Promise<number> {
  // Buffers are given back a while after what has held them is collected.
  for (let i = 0; i < COLLECTIONS; i += 1) {
    collect();
    await pause(LOOK_MS);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** How many there are of each kind of handle. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** A runtime that answers at once and talks all the time, in turns. */
class Talker {
  said = 0;
  readonly #broker: InMemory;
  readonly #timer: NodeJS.Timeout;

  constructor(broker: InMemory) {
    this.#broker = broker;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { runtime } = this.#broker;
    runtime.rawReceived.length = 0;
    for (const { id, params } of runtime.received.splice(0))
      runtime.say({ id, result: { thread: { id: params?.['threadId'] }, data: [], nextCursor: null } });
    for (let i = 0; i < (EVENTS_A_SECOND * TICK_MS) / 1_000; i += 1) runtime.say(this.#next());
  }

  #next(): object {
    const threadId = `t${this.said % THREADS}`;
    const nth = Math.floor(this.said / THREADS);
    const turnId = `turn-${Math.floor(nth / TURN_EVENTS)}`;
    this.said += 1;
    switch (nth % TURN_EVENTS) {
      case 0:
        return turnStarted(threadId, turnId);
      case 1:
        return itemStarted(threadId, 'item', turnId);
      case TURN_EVENTS - 2:
        return itemCompleted(TEXT, threadId, 'item', turnId);
      case TURN_EVENTS - 1:
        return turnCompleted(threadId, turnId);
      default:
        return delta(threadId, TEXT);
    }
  }
}

/** Until the figures of the broker are so. */
async function until(
  local: MemoryClient,
  holds: (status: Awaited<ReturnType<typeof statusOf>>) => boolean,
): Promise<void> {
  for (;;) {
    local.received.length = 0;
    local.frames.length = 0;
    if (holds(await statusOf(local))) return;
    await pause(LOOK_MS);
  }
}

async function start(t: Test): Promise<{ broker: InMemory; url: string; token: string }> {
  const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  const token = new HeldToken();
  const access = new Access({ names, token, clock: systemClock });
  const bounds = { memoryBytes: MEMORY_BYTES, ringBytes: RING_BYTES };
  const more = { access, rights: new Rights(), clock: systemClock };
  const broker = new InMemory(bounds, undefined, undefined, more);
  await broker.broker.start();
  const listener = await listen(
    anyPort,
    httpHooks(broker.broker, access, pino({ level: 'silent' }), new Page('')),
    wsServer,
    null,
  );
  t.teardown(() => listener.close());
  return { broker, url: listener.url, token: token.token };
}

t.setTimeout(TEST_MS_MAX);
t.test('fifty who come and go leave nothing behind', { timeout: TEST_MS_MAX }, async (t) => {
  const { broker, url, token } = await start(t);
  const local = await broker.client({}, 'stock');
  // One of which the runtime speaks before anybody asks for it is everybody's.
  for (let i = 0; i < THREADS; i += 1) (await broker.subscriber(`t${i}`)).vanish();
  const atStart = handles();
  const talker = new Talker(broker);
  const soak = { isOver: false, visits: 0 };
  const comeAndGo = async (_: unknown, who: number): Promise<void> => {
    const chance = new Chance(who);
    while (!soak.isOver) {
      await visit(url, token, `t${chance.below(THREADS)}`, chance);
      soak.visits += 1;
    }
  };
  const visitors = Promise.all(Array.from({ length: VISITORS }, comeAndGo));
  await until(local, ({ memory }) => memory.bytes > 0.8 * memory.bytesMax);
  const full = await held();
  const from = performance.now();
  await until(local, () => performance.now() - from > SOAK_MS);
  const later = await held();
  soak.isOver = true;
  await visitors;
  talker.end();
  await inTime(
    until(local, ({ connections }) => connections.length === 1),
    () => 'all connections to be gone',
  );
  t.ok(soak.visits > VISITORS, 'they came again');
  t.comment(
    `${soak.visits} visits, ${talker.said} events, held ${(full / MIB).toFixed(1)} MiB, then ${(later / MIB).toFixed(1)} MiB`,
  );
  t.ok(later <= full * GROWTH_MAX, `${later} bytes held, ${full} when the logs were full`);
  t.same(handles(), atStart);
});
