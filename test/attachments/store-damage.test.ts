import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';
import { openStore } from '../../broker/attachments/lmdb-store.js';
import type { Store } from '../../broker/attachments/store.js';
import { StoreError } from '../../broker/attachments/store.js';
import { damages } from './damage.js';
import { edge } from './edge.js';
import { entry, NOON, numbers, opened, storePath } from './stored.js';

const isLong = process.env['THREADCAST_TEST_LONG'] === '1';
const RUNS = isLong ? 64 : 8;
const LONG_MS_MAX = 20 * 60_000;
const SEED = 20_260_101;
const options = { now: (): number => NOON, auditEntriesMax: 150 };

/** A file with pages of every kind: branches, leaves, long values, free ones. */
async function grownFile(t: Test): Promise<Buffer> {
  const path = storePath(t);
  const store = await opened(t, path, options);
  for (let round = 0; round < 60; round += 1) await grow(store, round);
  await store.close();
  return readFileSync(path);
}

async function grow(store: Store, round: number): Promise<void> {
  const given = Array.from({ length: 4 }, () => store.newNumber());
  const [first = 0] = given;
  await store.commit({
    attachments: [edge(first, `p${round}`, `c${round}`)],
    forgotten: [first - 80],
    audit: given.map((number) => ({
      number,
      entry: entry(`p${number % 5}`, `c${number}`, 0, 'x'.repeat(number % 7 === 0 ? 6_000 : 100)),
    })),
    submissions: [{ id: '', key: `k${round}`, result: { round }, at: round }],
  });
}

/** Reads all there is of one that was opened, and lets it take enough changes to use its free pages. */
async function use(store: Store): Promise<void> {
  for (const parent of ['p0', 'p1', 'p2', 'p3', 'p4']) numbers(store, parent);
  for (let round = 0; round < 20; round += 1) await grow(store, round);
  await store.close();
}

if (isLong) t.setTimeout(LONG_MS_MAX);

void t.test('a damaged file is refused and left as it is, or nothing of it matters', async (t) => {
  const whole = await grownFile(t);
  const path = storePath(t);
  const seen = { refused: 0, opened: 0 };
  await fc.assert(
    fc.asyncProperty(damages, async ({ damage }) => {
      const damaged = damage(whole);
      writeFileSync(path, damaged);
      rmSync(`${path}-lock`, { force: true });
      const store = await openStore(path, options).catch((error: unknown) => error);
      if (store instanceof Error) {
        if (!(store instanceof StoreError)) throw store;
        seen.refused += 1;
      } else seen.opened += 1;
      if (!readFileSync(path).equals(damaged)) throw new Error('it was written to');
      if (store instanceof Error) return;
      await use(store as Store);
      const again = await openStore(path, options);
      await again.close();
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
  t.ok(seen.refused > RUNS / 4, `${seen.refused} refused`);
  t.ok(seen.opened > RUNS / 10, `${seen.opened} opened`);
});
