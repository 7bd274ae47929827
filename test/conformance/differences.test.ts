import { readFile } from 'node:fs/promises';
import tap from 'tap';
import { compare } from './compare.js';
import { judge, listedDifferences, type ListedDifference } from './differences.js';
import { normalise } from './normalise.js';
import { scenarios } from './scenarios/index.js';

const oneMissing = compare(
  { name: 'start' },
  normalise({ a: [{ direction: 'received', body: { method: 'skills/changed', params: {} } }] }, '/root'),
  normalise({ a: [] }, '/root'),
);
const missingSkills: ListedDifference = {
  id: 'no-skills',
  shownBy: ['start'],
  elsewhere: false,
  matches: ({ kind, message }) => kind === 'missing' && message.subject === 'skills/changed',
  reason: 'For this test.',
};

void tap.test('a difference that is not listed is unlisted', async (t) => {
  t.equal(judge('start', oneMissing, []).unlisted.length, 1);
});

void tap.test('a listed difference passes, in its scenarios only', async (t) => {
  t.strictSame(judge('start', oneMissing, [missingSkills]), { unlisted: [], vanished: [] });
  t.equal(judge('fork', oneMissing, [missingSkills]).unlisted.length, 1);
});

void tap.test('one that may be seen elsewhere passes anywhere, and must show where it says', async (t) => {
  const anywhere = { ...missingSkills, elsewhere: true };
  t.strictSame(judge('fork', oneMissing, [anywhere]), { unlisted: [], vanished: [] });
  t.strictSame(judge('fork', [], [anywhere]), { unlisted: [], vanished: [] });
  t.strictSame(judge('start', [], [anywhere]).vanished, ['no-skills']);
});

void tap.test('a listed difference that does not show has vanished', async (t) => {
  t.strictSame(judge('start', [], [missingSkills]).vanished, ['no-skills']);
});

void tap.test(
  'every listed difference names scenarios that there are, and has an id of its own',
  async (t) => {
    const names = new Set(scenarios.map(({ name }) => name));
    for (const { id, shownBy: own } of listedDifferences) {
      t.ok(own.length > 0 && own.every((name) => names.has(name)), id);
    }
    t.equal(new Set(listedDifferences.map(({ id }) => id)).size, listedDifferences.length);
  },
);

void tap.test('differences.md shows the same table', async (t) => {
  const page = await readFile(new URL('differences.md', import.meta.url), 'utf8');
  const [, , ...rows] = page.split('\n').filter((line) => line.startsWith('|'));
  t.strictSame(
    rows.map((row) => row.split('|').map((cell) => cell.trim())),
    listedDifferences.map(({ id, shownBy, elsewhere, reason }) => [
      '',
      id,
      [...shownBy, ...(elsewhere ? ['…'] : [])].join(', '),
      reason,
      '',
    ]),
  );
});
