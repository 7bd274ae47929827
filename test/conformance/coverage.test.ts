import { readFile } from 'node:fs/promises';
import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { complaints, coverage, FLOORS, summary, table, type CoverageRow } from './coverage.js';
import { scenarios } from './scenarios/index.js';
import { readSchema } from './schema.js';

const codex = await installCodex();

const enough = (): CoverageRow[] =>
  (['requests', 'notifications', 'serverRequests'] as const).flatMap((kind) =>
    Array.from({ length: FLOORS[kind] }, (_, at) => ({
      kind,
      method: `${kind}/${at}`,
      scenarios: ['start'],
      reason: null,
    })),
  );

void tap.test('what is in the schema and in no scenario is missed', async (t) => {
  const row: CoverageRow = { kind: 'requests', method: 'thread/new', scenarios: [], reason: null };
  t.match(complaints([...enough(), row], [], {}), [/^thread\/new: no scenario shows it/]);
  t.strictSame(complaints([...enough(), { ...row, reason: 'cloud' }], [], { 'thread/new': 'cloud' }), []);
});

void tap.test('a reason for what is shown is out of date', async (t) => {
  t.match(complaints(enough(), [], { 'requests/0': 'device' }), [/^requests\/0: is shown/]);
});

void tap.test('what is named and not in the schema is noticed', async (t) => {
  t.match(complaints(enough(), [], { 'thread/old': 'account' }), [/^thread\/old: is not in the schema/]);
  const scenario = { name: 'start', covers: ['thread/older'], run: async () => {} };
  t.match(complaints(enough(), [scenario], {}), [/^thread\/older: is not in the schema/]);
});

void tap.test('the floors are held', async (t) => {
  t.strictSame(complaints(enough(), [], {}), []);
  t.match(complaints(enough().slice(1), [], {}), [/^99 requests of clients are shown, not 100$/]);
});

if ('missing' in codex) {
  void tap.test('the protocol is covered', { skip: codex.missing }, () => {});
} else {
  void tap.test('the protocol is covered, and the README says how far', async (t) => {
    const rows = coverage(await readSchema(codex.command), scenarios);
    t.comment(`\n${table(rows)}`);
    t.strictSame(complaints(rows, scenarios), []);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const counts = [`plays ${scenarios.length} scenarios`, ...summary(rows)];
    for (const line of counts) t.ok(readme.includes(line), line);
  });

  void tap.test('every scenario has a name of its own', async (t) => {
    t.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
  });
}
