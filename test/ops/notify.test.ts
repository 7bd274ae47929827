import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { pino } from 'pino';
import { newCounters } from '../../broker/ops/counters.js';
import type { Counters } from '../../broker/ops/counters.js';
import { Notifier } from '../../broker/ops/notify.js';
import {
  NAME_CHARS_MAX,
  NOTIFY_LOG_MS_MIN,
  NOTIFY_MS_MAX,
  NOTIFY_QUEUE_MAX,
  NOTIFY_RUNNING_MAX,
} from '../../protocol/limits.js';
import { APPROVAL, approval } from '../broker/events.js';
import { InMemory, settled } from '../support/in-memory.js';
import { MemoryStore } from '../support/memory-store.js';

/** A folder that commands leave files in. */
class Marks {
  readonly path = mkdtempSync(join(tmpdir(), 'threadcast-'));

  constructor(t: Test) {
    t.teardown(() => rmSync(this.path, { recursive: true, force: true }));
  }

  get names(): string[] {
    return readdirSync(this.path)
      .filter((name) => !name.endsWith('.new'))
      .toSorted();
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  /** Resolves when there are so many. */
  async count(wanted: number): Promise<string[]> {
    await new Promise<void>((resolve) => {
      const watcher = watch(this.path, () => look());
      const look = (): void => {
        if (this.names.length < wanted) return;
        watcher.close();
        resolve();
      };
      look();
    });
    return this.names;
  }
}

interface Stage {
  readonly notifier: Notifier;
  readonly counters: Counters;
  readonly marks: Marks;
  readonly logged: string[];
  /** Lets time pass. */
  readonly advance: (ms: number) => void;
}

/** `command` runs in the folder of the marks. */
function stage(t: Test, command: string): Stage {
  const [marks, counters, logged] = [new Marks(t), newCounters(), [] as string[]];
  const timers = new Set<{ at: number; run: () => void }>();
  let now = 0;
  const notifier = new Notifier({
    command: `cd '${marks.path}' || exit 1; ${command}`,
    counters,
    clock: {
      now: () => now,
      after(ms, run) {
        const timer = { at: now + ms, run };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    log: pino({ base: null }, { write: (line) => void logged.push(line) }),
  });
  t.teardown(() => notifier.end());
  const advance = (ms: number): void => {
    now += ms;
    for (const timer of [...timers].filter(({ at }) => at <= now)) timer.run();
  };
  return { notifier, counters, marks, logged, advance };
}

const asks = (id: number): { id: number; method: string; thread: { id: string } } => ({
  id,
  method: APPROVAL,
  thread: { id: 't1' },
});
/** Says that it is there, under its request's number, and stays. */
const STAYS =
  'echo $$ > $THREADCAST_REQUEST.new && mv $THREADCAST_REQUEST.new $THREADCAST_REQUEST; exec sleep 40';

function isKnown(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** One whose parent has gone may be known for ever, where nobody asks how it ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('once a request that waits for a person, and with nothing of what it is about', async (t) => {
  const marks = new Marks(t);
  process.env['THREADCAST_TOKEN'] = 'hush';
  process.env['NOTIFY_TEST'] = 'kept';
  t.teardown(() => {
    delete process.env['THREADCAST_TOKEN'];
    delete process.env['NOTIFY_TEST'];
  });
  // Each has a file of its own, and takes one of the places that there are.
  const notifyCommand = `cd '${marks.path}'; mine=$THREADCAST_REQUEST-$$; env > $mine.new; mv $mine.new $mine; exec sleep 40`;
  const memory = new InMemory({}, new MemoryStore(), Promise.resolve(), { notifyCommand });
  t.teardown(() => memory.broker.stop());
  await memory.broker.start();
  await memory.subscriber('t1');
  const question = { method: 'item/tool/requestUserInput', id: 9, params: { threadId: 't1' } };
  const time = { method: 'currentTime/read', id: 8, params: { threadId: 't1' } };
  const asked = [approval(7, { command: 'rm secret-file' }), time, question, approval(10), approval(11)];
  t.equal(asked.length - 1, NOTIFY_RUNNING_MAX);
  for (const request of asked) memory.runtime.say(request, request);
  const names = await marks.count(NOTIFY_RUNNING_MAX);
  const ids = names.map((name) => name.replace(/-.*/, ''));
  t.same(ids, ['0', '2', '3', '4'], 'once, and not for what a program answers');
  const [first = '', second = ''] = names;
  const environment = marks.read(first).split('\n');
  t.same(environment.filter((line) => line.startsWith('THREADCAST_')).toSorted(), [
    `THREADCAST_KIND=${APPROVAL}`,
    'THREADCAST_REQUEST=0',
    'THREADCAST_THREAD=t1',
  ]);
  t.ok(environment.includes('NOTIFY_TEST=kept'), 'what it needs to show something is there');
  t.notMatch(marks.read(first), /secret-file|hush/);
  t.match(marks.read(second), 'THREADCAST_KIND=item/tool/requestUserInput');
});

t.test('what nobody here could answer is declined, and nobody is notified of it', async (t) => {
  const marks = new Marks(t);
  const notifyCommand = `touch '${marks.path}'/$THREADCAST_REQUEST`;
  const memory = new InMemory({}, new MemoryStore(), Promise.resolve(), { notifyCommand });
  t.teardown(() => memory.broker.stop());
  await memory.broker.start();
  await memory.subscriber('t1', { experimentalApi: true });
  memory.runtime.say(approval(1, { kind: 'humanCommand' }), approval(2));
  t.same(await marks.count(1), ['1']);
});

t.test(`${NOTIFY_RUNNING_MAX} at one time, ${NOTIFY_QUEUE_MAX} wait, and one more is dropped`, async (t) => {
  const { notifier, counters, marks } = stage(t, STAYS);
  for (let id = 0; id < NOTIFY_RUNNING_MAX + NOTIFY_QUEUE_MAX; id += 1) notifier.notify(asks(id));
  t.equal(counters.notificationsDropped, 0);
  notifier.notify(asks(1000));
  t.equal(counters.notificationsDropped, 1);
  const running = await marks.count(NOTIFY_RUNNING_MAX);
  t.same(running, ['0', '1', '2', '3']);
  process.kill(Number(marks.read('0')), 'SIGKILL');
  t.same(await marks.count(NOTIFY_RUNNING_MAX + 1), [...running, String(NOTIFY_RUNNING_MAX)], 'the next one');
  const pids = marks.names.map((name) => Number(marks.read(name)));
  await notifier.end();
  t.same(pids.filter(isAlive), [], 'none outlives the broker');
  t.equal(marks.names.length, NOTIFY_RUNNING_MAX + 1, 'and none that waited has begun');
  notifier.notify(asks(1001));
  t.equal(counters.notificationsDropped, 1, 'after the end there is nothing to drop');
});

t.test('one that takes too long ends, with all that it has started', async (t) => {
  const child = 'sh -c "echo \\$\\$ > child.new && mv child.new child; exec sleep 40" & ';
  const { notifier, marks, logged, advance } = stage(t, child + STAYS);
  notifier.notify(asks(1));
  await marks.count(2);
  advance(NOTIFY_MS_MAX - 1);
  t.same(logged, []);
  const pids = marks.names.map((name) => Number(marks.read(name)));
  t.same(pids.map(isAlive), [true, true], 'it has had its time only now');
  advance(1);
  notifier.notify({ ...asks(2), thread: null });
  await marks.count(3);
  while (logged.length === 0) await settled();
  t.match(JSON.parse(logged[0] ?? ''), { level: 40, why: 'it ended with SIGKILL' });
  while (pids.some(isAlive)) await settled();
  t.ok(isAlive(Number(marks.read('2'))), 'and no other');
});

t.test('one that fails is said once in a while', async (t) => {
  const { notifier, logged, marks, advance } = stage(
    t,
    'echo $$ > $THREADCAST_REQUEST.new && mv $THREADCAST_REQUEST.new $THREADCAST_REQUEST; exit 3',
  );
  const fails = async (id: number): Promise<void> => {
    notifier.notify(asks(id));
    await marks.count(id + 1);
    // When its parent, this process, has heard of its end there is no such process.
    while (isKnown(Number(marks.read(String(id))))) await settled();
  };
  await fails(0);
  advance(NOTIFY_LOG_MS_MIN - 1);
  await fails(1);
  t.equal(logged.length, 1);
  advance(1);
  await fails(2);
  t.match(
    logged.map((line) => JSON.parse(line) as object),
    [
      { level: 40, why: 'it ended with 3', unlogged: 0 },
      { why: 'it ended with 3', unlogged: 1 },
    ],
  );
});

t.test('whatever the runtime calls its threads and requests', async (t) => {
  const { notifier, marks } = stage(
    t,
    'printf %s "$THREADCAST_THREAD" > a && printf %s "$THREADCAST_KIND" > b',
  );
  const long = 'x'.repeat(1024 * 1024);
  notifier.notify({ id: 1, method: `a\0b; touch c $(touch c) \`touch c\``, thread: { id: long } });
  await marks.count(2);
  await notifier.end();
  t.equal(marks.read('a'), long.slice(0, NAME_CHARS_MAX));
  t.notOk(existsSync(join(marks.path, 'c')));
});

t.test('without a command nothing is run', async (t) => {
  const counters = newCounters();
  const clock = { now: () => 0, after: () => () => {} };
  const notifier = new Notifier({ command: null, counters, clock, log: pino({ level: 'silent' }) });
  for (let id = 0; id <= NOTIFY_QUEUE_MAX; id += 1) notifier.notify(asks(id));
  t.equal(counters.notificationsDropped, 0);
  await notifier.end();
});
