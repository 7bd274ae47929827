import t from 'tap';
import { Cursor } from '../../broker/thread/log.js';
import type { Log } from '../../broker/thread/log.js';
import { Logs } from '../../broker/thread/logs.js';
import { Thread } from '../../broker/thread/thread.js';
import { MEMORY_BYTES_MAX, RING_BYTES_MAX, RING_ENTRIES_MAX } from '../../protocol/limits.js';
import { itemCompleted, turnStarted } from '../broker/events.js';
import { apply, event, Reader } from './logged.js';

interface Made {
  readonly logs: Logs;
  /** The threads whose logs had to go, in that order. */
  readonly evicted: string[];
  /** An idle thread whose log holds one entry of so many bytes. */
  readonly idle: (id: string, bytes: number) => Thread;
}

function made(memoryBytes: number): Made {
  const evicted: string[] = [];
  const bounds = { ringBytes: RING_BYTES_MAX, ringEntries: RING_ENTRIES_MAX, memoryBytes };
  const logs = new Logs(bounds, 'life', (thread) => {
    evicted.push(thread.id);
    if (thread.log !== null) logs.end(thread.log);
    thread.log = null;
  });
  const idle = (id: string, bytes: number): Thread => {
    const thread = new Thread(id);
    thread.log = logs.create(id);
    logs.idle(thread);
    grow(logs, thread.log, bytes);
    return thread;
  };
  return { logs, evicted, idle };
}

function grow(logs: Logs, log: Log, ...bytes: readonly number[]): void {
  for (const one of bytes) log.append(event(one));
  logs.trim(log);
}

t.test('every life of a log has an epoch of its own, in this broker and any other', async (t) => {
  const { logs } = made(MEMORY_BYTES_MAX);
  const epochs = [logs.lobby, logs.create('t1'), logs.create('t1')].map(({ epoch }) => epoch);
  t.same(epochs, ['life-1', 'life-2', 'life-3']);
  t.equal(logs.size, 3);
});

t.test('over the bytes of all, idle logs go first, least recently used first', async (t) => {
  const { logs, evicted, idle } = made(1000);
  idle('a', 300);
  const b = idle('b', 300);
  idle('c', 300);
  logs.idle(b);
  t.equal(logs.bytes, 900);
  const busy = logs.create('busy');
  grow(logs, busy, 100);
  t.same(evicted, [], 'exactly as many as may be');
  grow(logs, busy, 10);
  t.same(evicted, ['a']);
  t.equal(logs.bytes, 710);
  grow(logs, busy, 400);
  t.same(evicted, ['a', 'c']);
  t.equal(logs.size, 3, 'the lobby, b and the busy one');
  t.same(
    [...Array(busy.seq).keys()].map((i) => busy.at(i + 1).stock.length),
    [100, 10, 400],
  );
});

t.test('when there is none left, the log that grew is cut shorter', async (t) => {
  const { logs, evicted, idle } = made(1000);
  const [still, growing] = [logs.create('still'), logs.create('growing')];
  idle('a', 100);
  grow(logs, still, 500);
  grow(logs, growing, 200, 200, 200);
  t.same(evicted, ['a']);
  t.equal(logs.bytes, 900);
  t.match(still, { first: 1, bytes: 500 });
  t.match(growing, { first: 2, seq: 3, bytes: 400 });
  grow(logs, growing, 2000);
  t.match(growing, { first: 4, seq: 4, bytes: 2000 }, 'its newest entry stays');
});

t.test('one in which something goes on is not among those that go', async (t) => {
  const { logs, evicted, idle } = made(1000);
  const a = idle('a', 600);
  logs.busy(a);
  grow(logs, logs.create('growing'), 300, 300);
  t.same(evicted, []);
  t.match(a.log, { bytes: 600 });
  logs.idle(a);
  grow(logs, logs.create('more'), 300);
  t.same(evicted, ['a']);
});

t.test('a log that goes may be the one that grew', async (t) => {
  const { logs, evicted, idle } = made(1000);
  idle('a', 2000);
  t.same(evicted, ['a']);
  t.match(logs, { bytes: 0, size: 1 });
});

t.test('what the fold holds is counted', async (t) => {
  const { logs } = made(MEMORY_BYTES_MAX);
  const log = logs.create('t1');
  apply(log.fold, turnStarted(), itemCompleted('x'.repeat(1000)));
  grow(logs, log, 100);
  t.equal(logs.bytes, 100 + log.fold.bytes);
  t.ok(log.fold.bytes > 1000);
});

t.test('who has not been given what goes is told', async (t) => {
  const { logs } = made(1000);
  const log = logs.create('t1');
  grow(logs, log, 500, 400);
  const [slow, quick] = [new Reader(), new Reader()];
  const cursors = [new Cursor(log, slow, 0, 0), new Cursor(log, quick, 1, 0)];
  grow(logs, log, 300);
  t.same(
    cursors.map(({ fellOff }) => fellOff),
    [true, false],
  );
  t.same(slow.told, ['fellOff 1']);
  t.same(quick.told, []);
});

t.test('a log that has ended is held for who is behind, and let go of with the last', async (t) => {
  const { logs } = made(MEMORY_BYTES_MAX);
  const log = logs.create('t1');
  grow(logs, log, 100, 100);
  const [cursor, upToDate] = [new Cursor(log, new Reader(), 1, 0), new Cursor(log, new Reader(), 2, 0)];
  logs.end(log);
  t.match(logs, { bytes: 200, size: 2 });
  t.same([cursor.behind, upToDate.behind], [true, false]);
  t.equal(log.cursors.size, 1);
  cursor.drop();
  t.match(logs, { bytes: 0, size: 1 });
  const unread = logs.create('t2');
  grow(logs, unread, 100);
  logs.end(unread);
  t.match(logs, { bytes: 0, size: 1 });
});

t.test('the lobby begins anew with the runtime', async (t) => {
  const { logs } = made(MEMORY_BYTES_MAX);
  const old = logs.lobby;
  grow(logs, old, 100);
  t.equal(logs.renewLobby(), old);
  t.not(logs.lobby.epoch, old.epoch);
  t.match(logs.lobby, { name: 'lobby', seq: 0 });
  t.match(logs, { bytes: 0, size: 1 });
});
