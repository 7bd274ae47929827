import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'lmdb';
import t from 'tap';
import type { Test } from 'tap';
import type { Migration } from '../../broker/attachments/lmdb-store.js';
import { edge } from './edge.js';
import { opened, refusal, storePath } from './stored.js';

/** Gives the first edge another label. */
function label(from: string | null, to: string): Migration {
  return (records) => {
    const record: unknown = JSON.parse(records.get(['attachment', 1]) ?? '');
    if ((record as { roleLabel: string | null }).roleLabel !== from) throw new Error(`not after ${from}`);
    void records.put(['attachment', 1], JSON.stringify({ ...(record as object), roleLabel: to }));
  };
}

/** A store of schema 1 with one edge in it. */
async function stored(t: Test): Promise<string> {
  const path = storePath(t);
  const store = await opened(t, path);
  await store.commit({ attachments: [edge(1, 'p', 'c')] });
  await store.close();
  return path;
}

void t.test('what an older version has written is brought forward, step by step, once', async (t) => {
  const path = await stored(t);
  const migrations = [label(null, 'second'), label('second', 'third')];
  for (const _ of ['moved', 'opened again']) {
    const store = await opened(t, path, { migrations });
    t.match(store.attachments, [{ roleLabel: 'third' }]);
    t.ok(store.newNumber() > 1);
    await store.close();
  }
  const further = await opened(t, path, { migrations: [...migrations, label('third', 'fourth')] });
  t.match(further.attachments, [{ roleLabel: 'fourth' }]);
});

void t.test('a step that fails changes nothing, nor do those before it', async (t) => {
  const path = await stored(t);
  const before = readFileSync(path);
  const failing: readonly Migration[] = [
    (): never => {
      throw new Error('no');
    },
    (records) => void records.put(['attachment', 1], '{}'),
  ];
  for (const step of failing) {
    t.match(await refusal(path, { migrations: [label(null, 'second'), step] }), /^StoreError: .*store\.lmdb/);
    t.ok(readFileSync(path).equals(before));
  }
  const store = await opened(t, path);
  t.match(store.attachments, [{ roleLabel: null }]);
});

void t.test('what a newer version has written is refused', async (t) => {
  const path = await stored(t);
  const newer = await opened(t, path, { migrations: [label(null, 'second')] });
  await newer.close();
  const before = readFileSync(path);
  t.match(await refusal(path), /^StoreError: .*store\.lmdb .*a newer version wrote it \(schema 2\)/);
  t.ok(readFileSync(path).equals(before));
});

void t.test('the database of another program is refused', async (t) => {
  const path = storePath(t);
  for (const write of [
    async (): Promise<void> => {
      const other = open<unknown>(path, { noSubdir: true });
      await other.put('theirs', { important: true });
      await other.close();
    },
    async (): Promise<void> => {
      const other = open<unknown>(path, { noSubdir: true });
      await other.openDB({ name: 'table' }).put('theirs', { important: true });
      await other.close();
    },
  ]) {
    await write();
    const before = readFileSync(path);
    t.match(await refusal(path), /^StoreError: .*store\.lmdb cannot be used: .* move it away/);
    t.ok(readFileSync(path).equals(before));
  }
});

void t.test('a record that does not fit is refused', async (t) => {
  const at = '2026-01-01T00:00:00.000Z';
  const wrong: readonly (readonly [unknown[], unknown])[] = [
    [['attachment', 1], { ...edge(1, 'p', 'c'), state: 'lost' }],
    [['attachment', 1], { ...edge(1, 'p', 'c'), home: undefined }],
    [['attachment', 1], edge(2, 'p', 'c')],
    [['sent', 'x'], { message: null }],
    [['submission', 'x'], { key: 'y', result: null, at: 1 }],
    [['audit', 2], { kind: 'created', at }],
    [['auditOf', 'x', 1], 1],
    [['header'], { product: 'threadcast attachments', schema: '1', highest: 1 }],
  ];
  for (const [key, record] of wrong) {
    const path = await stored(t);
    const database = open<unknown>(path, { noSubdir: true, encoding: 'json', overlappingSync: false });
    await database.put(key as string[], record);
    await database.close();
    const before = readFileSync(path);
    t.match(await refusal(path), /^StoreError: .*store\.lmdb cannot be used: /, JSON.stringify(key));
    t.ok(readFileSync(path).equals(before));
  }
});

void t.test('what is no database is refused', async (t) => {
  const path = storePath(t);
  for (const text of ['x', 'my notes\n'.repeat(5_000), '\0'.repeat(8_192)]) {
    writeFileSync(path, text);
    t.match(await refusal(path), /^StoreError: .*store\.lmdb cannot be used: .* move it away/);
    t.equal(readFileSync(path, 'utf8'), text);
  }
  mkdirSync(`${path}.d`);
  t.match(await refusal(`${path}.d`), /^StoreError: .*store\.lmdb\.d cannot be used: it is not a file/);
  t.match(await refusal(`${path}.none/x`), /^StoreError: .*store\.lmdb\.none/);
});

void t.test('one that was only just begun is new', async (t) => {
  const path = storePath(t);
  writeFileSync(path, '');
  const store = await opened(t, path);
  await store.commit({ attachments: [edge(1, 'p', 'c')] });
  await store.close();
  const begun = storePath(t);
  await open(begun, { noSubdir: true, overlappingSync: false }).close();
  for (const edges of [[], [edge(1, 'p', 'c')]]) {
    const again = await opened(t, begun);
    t.same(again.attachments, edges);
    await again.commit({ attachments: [edge(1, 'p', 'c')] });
    await again.close();
  }
});
