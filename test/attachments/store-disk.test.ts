import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Change, Store } from '../../broker/attachments/store.js';
import { StoreError } from '../../broker/attachments/store.js';
import { edge } from './edge.js';
import { noSmallDisk, SmallDisk } from './small-disk.js';
import { entry, NOON, numbers, opened, refusal, sent } from './stored.js';

const now = (): number => NOON;
const skip = noSmallDisk();
const COMMITS_MAX = 500;

/** An edge, a message and an entry, many pages together. */
function change(store: Store): Required<Pick<Change, 'attachments' | 'sent' | 'audit'>> {
  const number = store.newNumber();
  return {
    attachments: [edge(number, 'p', 'c')],
    sent: [sent(`m${number}`, number, number)],
    audit: [{ number, entry: entry('p', 'c', 0, 'x'.repeat(20_000)) }],
  };
}

/** Commits until the disk is full. The numbers of what was answered, and the error. */
async function fill(store: Store): Promise<{ answered: number[]; error: unknown }> {
  const answered: number[] = [];
  for (let count = 0; count < COMMITS_MAX; count += 1) {
    const next = change(store);
    try {
      await store.commit(next);
    } catch (error) {
      return { answered, error };
    }
    answered.push(...next.attachments.map(({ number }) => number));
  }
  return { answered, error: null };
}

void t.test('on a full disk nothing of a change is kept, and with room it goes on', { skip }, async (t) => {
  // lmdb speaks of what it also throws.
  t.capture(console, 'error');
  const disk = new SmallDisk(t);
  const file = path.join(disk.folder, 'store.lmdb');
  disk.take(300_000);
  const store = await opened(t, file, { now });
  const { answered, error } = await fill(store);
  t.ok(answered.length > 3, `${answered.length} commits`);
  t.type(error, StoreError);
  t.match(String(error), /store\.lmdb cannot be written, its disk is full: make room and try again/);
  t.same(numbers(store, 'p'), answered.toReversed());
  const more = await Promise.allSettled([1, 2, 3].map(async () => store.commit(change(store))));
  t.match(
    more,
    [1, 2, 3].map(() => ({ status: 'rejected', reason: { name: 'StoreError' } })),
  );
  t.same(numbers(store, 'p'), answered.toReversed(), 'what was there is still read');

  disk.free();
  const next = change(store);
  await store.commit(next);
  const all = [...answered, ...next.audit.map(({ number }) => number)];
  t.same(numbers(store, 'p'), all.toReversed());
  await store.close();
  const again = await opened(t, file, { now });
  t.same(
    again.attachments.map(({ number }) => number),
    all,
  );
  t.same(
    again.sent.map(({ number }) => number),
    all,
  );
  t.same(numbers(again, 'p'), all.toReversed());
  await again.close();
});

void t.test('a full disk is no reason not to open what is there', { skip }, async (t) => {
  t.capture(console, 'error');
  const disk = new SmallDisk(t);
  const file = path.join(disk.folder, 'store.lmdb');
  const store = await opened(t, file, { now });
  const { answered } = await fill(store);
  await store.close();
  disk.takeAll();
  const again = await opened(t, file, { now });
  t.same(numbers(again, 'p'), answered.toReversed());
  await t.rejects(again.commit(change(again)), { name: 'StoreError', message: /disk is full/ });
  await again.close();
});

void t.test('where there is no room to begin, it says so and leaves nothing', { skip }, async (t) => {
  for (const room of [0, 12_288, 20_480]) {
    const disk = new SmallDisk(t);
    disk.take(room);
    disk.takeAll();
    if (room > 0) disk.free();
    const before = readdirSync(disk.folder);
    t.match(await refusal(path.join(disk.folder, 'store.lmdb')), /^StoreError: .*its disk is full/);
    t.same(readdirSync(disk.folder), before, `room for ${room} bytes`);
  }
});

void t.test('a file that cannot be opened again after that is tried again', { skip }, async (t) => {
  t.capture(console, 'error');
  const disk = new SmallDisk(t);
  const file = path.join(disk.folder, 'store.lmdb');
  disk.take(300_000);
  const store = await opened(t, file, { now });
  const { answered } = await fill(store);
  const aside = path.join(disk.folder, 'aside');
  renameSync(file, aside);
  await t.rejects(store.commit(change(store)), { name: 'StoreError', message: /store\.lmdb/ });
  t.throws(() => numbers(store, 'p'), { name: 'StoreError', message: /store\.lmdb/ });
  renameSync(aside, file);
  t.same(numbers(store, 'p'), answered.toReversed());
  disk.free();
  await store.commit(change(store));
  t.equal(numbers(store, 'p').length, answered.length + 1);
  await store.close();
});

void t.test('a disk that is read-only is told, and what is there stays', { skip }, async (t) => {
  const disk = new SmallDisk(t);
  const file = path.join(disk.folder, 'store.lmdb');
  const store = await opened(t, file, { now });
  await store.commit(change(store));
  await store.close();
  disk.setReadOnly(true);
  t.match(await refusal(file), /^StoreError: .*store\.lmdb cannot be written .*needs to be writable/);
  t.match(await refusal(`${file}2`), /^StoreError: .*store\.lmdb2 cannot be written .*needs to be writable/);
  disk.setReadOnly(false);
  const again = await opened(t, file, { now });
  t.same(numbers(again, 'p'), [1]);
  await again.close();
});
