import t from 'tap';
import type { Store } from '../../broker/attachments/store.js';
import { AUDIT_ENTRIES_MAX, AUDIT_MS_MAX } from '../../protocol/limits.js';
import { entry, NOON, numbers, opened, sent, storePath } from './stored.js';

const now = (): number => NOON;

/** Entries about p and c, one a ms. */
async function fill(store: Store, from: number, to: number): Promise<void> {
  const audit = Array.from({ length: to - from + 1 }, (_, index) => ({
    number: from + index,
    entry: entry('p', 'c', from + index - AUDIT_ENTRIES_MAX),
  }));
  await store.commit({ audit });
}

void t.test('an entry is found under both threads and the attachment, the newest first', async (t) => {
  const path = storePath(t);
  let store = await opened(t, path, { now });
  const { message } = sent('m', 3);
  const at = new Date(NOON).toISOString();
  const ids = { parentThreadId: 'p', childThreadId: 'c' };
  const created = { kind: 'created', at, by: null, ...ids } as const;
  const attachment = { attachmentId: 'a1', ...ids, roleLabel: 'reviewer', displayName: null, createdAt: at };
  await store.commit({
    audit: [
      {
        number: 2,
        entry: {
          ...created,
          attachment: { ...attachment, deliverReplies: true, state: 'active', updatedAt: at },
        },
      },
      { number: 10, entry: { ...message, ...ids } },
      { number: 9, entry: { ...entry('p', 'p'), attachmentId: null } },
      { number: 11, entry: entry('other', 'd') },
    ],
  });
  for (const reopened of [false, true]) {
    if (reopened) {
      await store.close();
      store = await opened(t, path, { now });
    }
    t.same(numbers(store, 'p'), [10, 9, 2]);
    t.same(numbers(store, 'c'), [10, 2]);
    t.same(numbers(store, 'a1'), [10, 2]);
    t.same(numbers(store, 'other-d'), [11]);
    t.same(numbers(store, 'nobody'), []);
    t.same(numbers(store, 'p', 2), [10, 9]);
    t.same(numbers(store, 'p', 2, 9), [2]);
    t.same(numbers(store, 'p', 2, 10), [9, 2]);
    t.same(numbers(store, 'p', 2, 2), []);
    t.match(store.audit({ of: 'a1', before: 10, limit: 1, charsMax: 1_000 }).entries, [
      { entry: { attachment: { roleLabel: 'reviewer' } } },
    ]);
  }
});

void t.test('an entry that is written anew is found under what it is about now', async (t) => {
  const store = await opened(t, storePath(t), { now, auditEntriesMax: 2 });
  await store.commit({ audit: [{ number: 1, entry: entry('p', 'c') }] });
  await store.commit({ audit: [{ number: 1, entry: entry('p', 'd', 0, 'later') }] });
  t.same([numbers(store, 'p'), numbers(store, 'c'), numbers(store, 'd')], [[1], [], [1]]);
  t.match(store.audit({ of: 'p', before: null, limit: 1, charsMax: 1_000 }).entries, [
    { entry: { text: 'later' } },
  ]);
  await store.commit({ audit: [{ number: 2, entry: entry('p', 'c') }] });
  t.same(numbers(store, 'p'), [2, 1], 'it counts once');
  await store.commit({ audit: [{ number: 3, entry: entry('p', 'c') }] });
  t.same([numbers(store, 'p'), numbers(store, 'd')], [[3, 2], []]);
});

void t.test('the newest are kept, as many as there may be', async (t) => {
  const path = storePath(t);
  let store = await opened(t, path, { now });
  const step = AUDIT_ENTRIES_MAX / 20;
  for (let from = 1; from < AUDIT_ENTRIES_MAX; from += step) await fill(store, from, from + step - 1);
  t.same(numbers(store, 'p', 1, 2), [1]);
  t.equal(numbers(store, 'p').length, AUDIT_ENTRIES_MAX);
  await fill(store, AUDIT_ENTRIES_MAX + 1, AUDIT_ENTRIES_MAX + 1);
  t.same(numbers(store, 'p', 1, 2), []);
  t.same(numbers(store, 'p', 1, 3), [2]);
  await store.close();
  store = await opened(t, path, { now });
  t.equal(numbers(store, 'p').length, AUDIT_ENTRIES_MAX);
  await fill(store, AUDIT_ENTRIES_MAX + 2, AUDIT_ENTRIES_MAX + 31);
  t.same(numbers(store, 'p', 1, 33), [32], 'all that are too many go at once');
  t.equal(numbers(store, 'p').length, AUDIT_ENTRIES_MAX);
});

void t.test('an entry that is too old is not told, though nothing was written since', async (t) => {
  let time = NOON;
  const store = await opened(t, storePath(t), { now: () => time });
  await store.commit({ audit: [1, 2].map((number) => ({ number, entry: entry('p', 'c', number) })) });
  time = NOON + 1 + AUDIT_MS_MAX;
  t.same(numbers(store, 'p'), [2, 1]);
  time += 1;
  t.same(numbers(store, 'p'), [2]);
  t.same(numbers(store, 'p', 1), [2]);
});

void t.test('those too old are removed with the next change, a few at a time, and when opened', async (t) => {
  const path = storePath(t);
  let time = NOON;
  const bounds = { now: () => time, auditMsMax: 1_000 };
  let store = await opened(t, path, bounds);
  const audit = Array.from({ length: 2_500 }, (_, index) => ({ number: index + 1, entry: entry('p', 'c') }));
  await store.commit({ audit });
  time = NOON + 1_001;
  await store.commit({ audit: [{ number: 3_000, entry: entry('q', 'd', 1_001) }] });
  t.same(numbers(store, 'p'), []);
  // Only a clock that goes back shows what is left in the file.
  time = NOON;
  const left = numbers(store, 'p');
  t.ok(left.length < 2_500 && left.length > 2_400, `${left.length} are left`);
  t.equal(left.at(-1), 2_501 - left.length, 'the oldest have gone');
  await store.close();

  time = NOON + 1_001;
  store = await opened(t, path, bounds);
  time = NOON;
  t.same(numbers(store, 'p'), [], 'none is left');
  t.same(numbers(store, 'q'), [3_000]);
});
