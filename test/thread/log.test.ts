import t from 'tap';
import { Cursor, Log } from '../../broker/thread/log.js';
import type { LogBounds } from '../../broker/thread/log.js';
import { event, line, Reader } from './logged.js';

const WIDE: LogBounds = { ringBytes: Infinity, ringEntries: Infinity };

function log(bounds: Partial<LogBounds> = {}): Log {
  return new Log('t1', 'e', { last: 0 }, { ...WIDE, ...bounds });
}

function filled(entries: number, bounds?: Partial<LogBounds>): Log {
  const made = log(bounds);
  for (let i = 0; i < entries; i += 1) made.append(event(100));
  return made;
}

/** The numbers of all entries that it holds, each asked for by its number. */
function held(log: Log): number[] {
  const numbers: number[] = [];
  for (let seq = log.first; seq <= log.seq; seq += 1) numbers.push(log.at(seq).seq);
  return numbers;
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

t.test('entries are numbered from 1, and their lines are copies', async (t) => {
  const made = log();
  t.match(made, { seq: 0, first: 1, bytes: 0, position: { epoch: 'e', seq: 0 } });
  const chunk = Buffer.concat([line(50), line(60)]);
  made.append({ ...event(8), line: chunk.subarray(0, 50) });
  made.append({ ...event(8), line: chunk.subarray(50) });
  chunk.fill(0);
  t.same([made.at(1).stock, made.at(2).stock], [line(50), line(60)]);
  t.match(made, { seq: 2, first: 1, bytes: 110 });
});

t.test('a ring grows as it fills, and wraps when it is trimmed', async (t) => {
  for (const entries of [64, 65, 128, 129, 1000]) {
    const made = filled(entries);
    t.same(held(made), range(1, entries));
  }
  const made = log({ ringEntries: 10 });
  for (let i = 1; i <= 300; i += 1) {
    made.append(event(100));
    made.trim();
    t.same(held(made), range(Math.max(1, i - 9), i));
  }
  for (let i = 0; i < 100; i += 1) made.append(event(100));
  t.same(held(made), range(291, 400), 'it grows while it is wrapped');
  made.trim();
  t.same(held(made), range(391, 400));
});

t.test('what it does not hold is our own bug to ask for', async (t) => {
  const made = filled(100, { ringEntries: 10 });
  made.trim();
  for (const seq of [0, 90, 101, 91 - 128, 91 + 128]) t.throws(() => made.at(seq), /does not hold/);
  t.equal(made.at(91).seq, 91);
});

t.test('it is bounded in entries and in bytes; nothing goes before the trim', async (t) => {
  const byEntries = filled(11, { ringEntries: 10 });
  t.same(held(byEntries), range(1, 11));
  byEntries.trim();
  t.same(held(byEntries), range(2, 11));
  const atBytes = filled(10, { ringBytes: 1000 });
  atBytes.trim();
  t.same(held(atBytes), range(1, 10));
  atBytes.append(event(9));
  atBytes.trim();
  t.same(held(atBytes), range(2, 11));
  t.equal(atBytes.bytes, 909);
});

t.test('the newest entry stays, whatever its size', async (t) => {
  const made = filled(3, { ringBytes: 1000 });
  made.append(event(2000));
  made.trim();
  t.same(held(made), [4]);
  made.trim(Infinity);
  t.same(held(made), [4]);
  made.append(event(100));
  made.trim();
  t.same(held(made), [5]);
});

t.test('more can be asked of it than its bounds', async (t) => {
  const made = filled(10);
  made.trim(250);
  t.same(held(made), range(4, 10));
  made.trim(0);
  t.same(held(made), range(4, 10));
});

t.test('all frames are counted, once, and let go of with their entries', async (t) => {
  const made = filled(2);
  const [one, two] = [made.at(1), made.at(2)];
  const json = made.frame(one, 'json', true);
  const msgpack = made.frame(one, 'msgpack', true);
  t.equal(made.frame(one, 'json', true), json, 'the same frame for everyone');
  t.equal(made.frame(one, 'msgpack', true), msgpack);
  made.frame(two, 'json', false);
  t.equal(made.bytes, 200 + json.length + msgpack.length, 'a marker is not kept');
  made.trim(1);
  t.same(held(made), [2]);
  t.equal(made.bytes, 100);
  made.frame(one, 'json', true);
  const late = filled(1);
  const dropped = late.at(1);
  late.append(event(100));
  late.trim(1);
  late.frame(dropped, 'json', true);
  t.equal(late.bytes, 100, 'nor are those of an entry that has gone');
});

t.test('a v1 line of its own is counted too', async (t) => {
  const made = log();
  const entry = made.append({ ...event(100), v1Line: line(130) });
  t.equal(made.bytes, 100 + (entry.json?.length ?? 0));
  t.equal(entry.json?.toString('utf8'), `{"log":"t1","seq":1,${line(130).toString('utf8').slice(1)}`);
});

t.test('covers: this life of it, and everything after the position', async (t) => {
  const empty = log();
  t.ok(empty.covers({ epoch: 'e', seq: 0 }));
  t.notOk(empty.covers({ epoch: 'e', seq: 1 }));
  const made = filled(20, { ringEntries: 10 });
  made.trim();
  t.equal(made.first, 11);
  for (const [seq, covered] of [
    [9, false],
    [10, true],
    [11, true],
    [20, true],
    [21, false],
    [0, false],
  ] as const)
    t.equal(made.covers({ epoch: 'e', seq }), covered, String(seq));
  t.notOk(made.covers({ epoch: 'f', seq: 20 }));
});

t.test('ordinals number all entries of all logs', async (t) => {
  const ordinals = { last: 0 };
  const [a, b] = [new Log('a', 'e', ordinals, WIDE), new Log('b', 'f', ordinals, WIDE)];
  const got = [a, b, b, a].map((one) => one.append(event(100)).ordinal);
  ordinals.last += 1;
  got.push(a.append(event(100)).ordinal);
  t.same(got, [1, 2, 3, 4, 6]);
  t.same(
    range(1, 3).map((seq) => a.at(seq).ordinal),
    [1, 4, 6],
  );
});

t.test('a cursor knows what is for it, and when it has fallen off', async (t) => {
  const made = filled(20);
  const cursor = new Cursor(made, new Reader(), 17, 0);
  t.match(cursor, { next: 18, behind: true, bytesBehind: 300, replayUntil: 20 });
  cursor.next = 21;
  t.match(cursor, { behind: false, bytesBehind: 0, fellOff: false });
  made.append(event(100));
  t.match(cursor, { behind: true, bytesBehind: 100, ordinal: 21 });
  cursor.next = 11;
  made.trim(1000);
  t.equal(made.first, 11);
  t.notOk(cursor.fellOff, 'its next one is the oldest that is held');
  made.trim(100);
  t.match(cursor, { fellOff: true, bytesBehind: 1000 }, 'as far as it is still there');
});

t.test('a cursor stands behind what was queued before it', async (t) => {
  const made = filled(3);
  t.equal(new Cursor(made, new Reader(), 1, 50).ordinal, 50);
  t.equal(new Cursor(made, new Reader(), 1, 1).ordinal, 2);
});

t.test('a subscription that ends still gives what was said before', async (t) => {
  const made = filled(3);
  const [reader, upToDate] = [new Reader(), new Reader()];
  const cursor = new Cursor(made, reader, 1, 0);
  new Cursor(made, upToDate, 3, 0).end();
  t.same(upToDate.told, ['dropped t1']);
  cursor.end();
  made.append(event(100));
  t.match(cursor, { behind: true, bytesBehind: 200 });
  cursor.next = 4;
  t.equal(cursor.behind, false);
  t.same(reader.told, []);
  cursor.drop();
  t.same(reader.told, ['dropped t1']);
  t.equal(made.cursors.size, 0);
});

t.test('an ended log is let go of when its last reader is through', async (t) => {
  const made = filled(3);
  let over = 0;
  const cursors = [new Cursor(made, new Reader(), 1, 0), new Cursor(made, new Reader(), 2, 0)];
  made.ended = () => (over += 1);
  for (const cursor of cursors) cursor.end();
  cursors[0]?.drop();
  t.equal(over, 0);
  cursors[1]?.drop();
  t.equal(over, 1);
});
