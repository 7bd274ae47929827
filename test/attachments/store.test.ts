import { statSync } from 'node:fs';
import t from 'tap';
import { StoreError } from '../../broker/attachments/store.js';
import type { StoredSubmission } from '../../broker/attachments/store.js';
import { edge } from './edge.js';
import { entry, NOON, numbers, opened, sent, storePath } from './stored.js';

const now = (): number => NOON;

function submission(key: string, at: number): StoredSubmission {
  return { key, id: key, at, result: { turn: { id: key } } };
}

void t.test('what was committed is there again, in its order', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  t.same([store.attachments, store.sent, store.submissions], [[], [], []], 'there was nothing');
  const edges = [11, 2, 1, 3].map((number) => edge(number, 'p', `c${number}`));
  const [first, second, third] = [sent('z', 5, 1), sent('y', 4, 1), sent('x', 6, 0)];
  const submissions = ['b', 'a', 'c'].map((key, index) => submission(key, NOON - index));
  await store.commit({ attachments: edges, sent: [first, second, third], submissions });
  await store.commit({
    attachments: [edge(1, 'p', 'c1', 'archived')],
    forgotten: [2],
    ended: ['y'],
    expired: ['a'],
    audit: [{ number: 12, entry: entry('p', 'c') }],
  });
  t.same(store.attachments, [], 'it tells what was there when it was opened');
  await store.close();

  const again = await opened(t, path, { now });
  t.strictSame(again.attachments, [edge(1, 'p', 'c1', 'archived'), edge(3, 'p', 'c3'), edge(11, 'p', 'c11')]);
  t.strictSame(again.sent, [third, first]);
  t.strictSame(again.submissions, [submission('c', NOON - 2), submission('b', NOON)]);
  t.strictSame(again.audit({ of: 'p', before: null, limit: 10, charsMax: 1_000 }).entries, [
    { number: 12, entry: entry('p', 'c') },
  ]);
});

void t.test('devices are kept until they are revoked, the oldest first', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  const devices = ['b', 'a', 'c'].map((deviceId, index) => ({
    deviceId,
    name: `the ${deviceId}`,
    role: 'observer' as const,
    digest: `digest of ${deviceId}`,
    createdAt: new Date(NOON + index).toISOString(),
  }));
  await store.commit({ devices });
  await store.commit({ revoked: ['a', 'nobody'] });
  await store.close();
  const again = await opened(t, path, { now });
  t.strictSame(again.devices, [devices[0], devices[2]]);
});

void t.test('commits made at once are kept in their order, each by itself', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  const ended: number[] = [];
  const commits = Array.from({ length: 50 }, async (_, index) => {
    await store.commit({
      attachments: [edge(1, 'p', `c${index}`), edge(index + 2, 'q', 'd')],
      forgotten: [index + 1].filter((number) => number > 1),
      audit: [{ number: 1_000, entry: entry('p', `c${index}`) }],
    });
    ended.push(index);
  });
  await Promise.all(commits);
  t.same(ended, [...ended.keys()]);
  t.same(numbers(store, 'c49'), [1_000]);
  t.same(numbers(store, 'c48'), []);
  await store.close();
  const again = await opened(t, path, { now });
  t.same(again.attachments, [edge(1, 'p', 'c49'), edge(51, 'q', 'd')]);
});

void t.test('while a change is written, what was before it is read', async (t) => {
  const store = await opened(t, storePath(t), { now });
  await store.commit({ audit: [{ number: 1, entry: entry('p', 'c') }] });
  const commit = store.commit({
    audit: [
      { number: 1, entry: entry('q', 'c') },
      { number: 2, entry: entry('p', 'c') },
    ],
  });
  t.same([numbers(store, 'p'), numbers(store, 'q'), numbers(store, 'c')], [[1], [], [1]]);
  await commit;
  t.same([numbers(store, 'p'), numbers(store, 'q'), numbers(store, 'c')], [[2], [1], [2, 1]]);
});

void t.test('a number is never given twice', async (t) => {
  const path = storePath(t);
  let store = await opened(t, path, { now, auditEntriesMax: 1 });
  const first = [store.newNumber(), store.newNumber(), store.newNumber()];
  t.same(first, [1, 2, 3]);
  await store.commit({ attachments: [edge(3, 'p', 'c')] });
  await store.commit({ forgotten: [3] });
  await store.close();
  store = await opened(t, path, { now, auditEntriesMax: 1 });
  t.equal(store.newNumber(), 4, 'not of an edge that is forgotten');
  await store.commit({ audit: [8, 9].map((number) => ({ number, entry: entry('p', 'c', number - 9) })) });
  await store.close();
  store = await opened(t, path, { now: () => NOON + 1_000, auditEntriesMax: 1, auditMsMax: 999 });
  t.same(numbers(store, 'p'), []);
  t.equal(store.newNumber(), 10, 'nor of an entry that is too old');
});

void t.test('names may be of any length and script', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  const names = [
    '界'.repeat(256),
    `${'界'.repeat(255)}x`,
    '\u{10ffff}'.repeat(128),
    '\ud800',
    '\udbff',
    '\0',
    '\0\0',
  ];
  for (const [index, name] of names.entries())
    await store.commit({
      audit: [{ number: index + 1, entry: entry(name, `${name}c`) }],
      sent: [sent(name, index + 1, index)],
      submissions: [submission(name.repeat(10), index)],
    });
  await store.close();
  const again = await opened(t, path, { now });
  for (const [index, name] of names.entries()) {
    t.same(numbers(again, name), [index + 1]);
    t.equal(again.sent[index]?.message.messageId, name);
    t.equal(again.submissions[index]?.key, name.repeat(10));
  }
  await again.commit({ ended: names, expired: names.map((name) => name.repeat(10)) });
  await again.close();
  const emptied = await opened(t, path, { now });
  t.same([emptied.sent, emptied.submissions], [[], []]);
});

void t.test('what could not be read again is not written', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  const whole = { attachments: [edge(1, 'p', 'c')] };
  await store.commit(whole);
  const broken = { ...edge(2, 'p', 'd'), number: NaN };
  await t.rejects(store.commit({ attachments: [edge(3, 'p', 'e'), broken] }), StoreError);
  await store.close();
  t.same((await opened(t, path, { now })).attachments, whole.attachments);
});

void t.test('closing waits for what was committed, and takes nothing more', async (t) => {
  const path = storePath(t);
  const store = await opened(t, path, { now });
  const commits = [1, 2, 3].map(async (number) => {
    await store.commit({ attachments: [edge(number, 'p', `c${number}`)] });
    return number;
  });
  await store.close();
  t.same(await Promise.all(commits), [1, 2, 3]);
  await t.rejects(store.commit({ forgotten: [1] }), StoreError);
  t.throws(() => store.audit({ of: 'p', before: null, limit: 1, charsMax: 1_000 }), StoreError);
  const again = await opened(t, path, { now });
  t.equal(again.attachments.length, 3);
});

void t.test('nobody else may read it', async (t) => {
  const path = storePath(t);
  const before = process.umask(0);
  t.teardown(() => process.umask(before));
  const store = await opened(t, path);
  await store.commit({ attachments: [edge(1, 'p', 'c')] });
  const modes = [path, `${path}-lock`].map((file) => statSync(file).mode & 0o777);
  t.same(modes, [0o600, 0o600]);
});
