import type { Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { noBrowser, phone } from './browser.js';
import { bomb, longMessage, manyItems } from './thread-bounds.js';
import { olderTurns, theEnd } from './thread-places.js';
import { drawn, onStage, stageBrowser } from './thread-stage.js';
import type { StageOptions } from './thread-stage.js';
import { sanitizer, sanitizing, streaming } from './thread-writing.js';

t.test('the thread in a browser', { skip: noBrowser }, async (t) => {
  const stage = await stageBrowser(t);
  const on = (name: string, play: (t: Test, page: Page) => Promise<void>, options: StageOptions = {}): void =>
    void t.test(name, async (t) => await onStage(t, stage, async (page) => await play(t, page), options));
  on('what an agent writes cannot run, load or leave', sanitizing);
  on('what is handed to it as HTML cannot, either', sanitizer, { isRead: true });
  on('text that comes in pieces looks as the whole does', streaming);
  on('older turns come in front, and the reader stays where he is', olderTurns);
  on('the end is followed while the reader is there, and only then', theEnd, phone);
  on('a bomb of escapes is a bounded number of elements', bomb);
  on('a message of 5 MB is there at once, in part', longMessage);
  on('of ten thousand items a few are in the document', manyItems);
  on('items that lack everything are shown all the same', poorItems);
  on('it can be read and used without seeing it', heard);
});

const TYPES = [
  'userMessage', 'agentMessage', 'plan', 'reasoning', 'commandExecution', 'fileChange', 'mcpToolCall', 'dynamicToolCall',
  'collabAgentToolCall', 'subAgentActivity', 'webSearch', 'imageView', 'imageGeneration', 'enteredReviewMode', 'exitedReviewMode',
  'contextCompaction', 'somethingElse', 'constructor', '__proto__',
]; // prettier-ignore

async function poorItems(t: Test, page: Page): Promise<void> {
  const odd = ['null', 'empty', 'number', 'broken'];
  await page.evaluate(
    ([types, odd]) => {
      const { thread, turnOf, itemOf } = window.stage;
      const members = ['text', 'content', 'summary', 'command', 'cwd', 'aggregatedOutput', 'changes', 'result', 'arguments', 'error', 'agentsStates', 'receiverThreadIds', 'query', 'path', 'review', 'status', 'tool', 'server', 'contentItems', 'prompt', 'durationMs', 'exitCode']; // prettier-ignore
      const values: Record<string, unknown> = { null: null, number: 7, broken: [null, {}, 'x'] };
      const items = odd.flatMap((kind) =>
        types.map((type) => {
          const filled = kind === 'empty' ? [] : members.map((member) => [member, values[kind]]);
          return itemOf({ ...Object.fromEntries(filled), type, id: `${kind} ${type}` });
        }),
      );
      thread.show({ turns: items.map((item, index) => turnOf(`t${index}`, [item])) });
    },
    [TYPES, odd] as const,
  );
  await page.waitForSelector('.thread-row');
  const seen = new Set<string>();
  await page.focus('.thread-scroll');
  await page.keyboard.press('Home');
  await page.waitForSelector('[data-row="t0 head"]');
  const wanted = TYPES.length * odd.length;
  for (let times = 0; times < 60 && seen.size < wanted; times += 1) {
    for (const key of await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.row-item')].map((row) => row.dataset['row'] ?? ''))) seen.add(key); // prettier-ignore
    await page.evaluate(() => document.querySelector('.thread-scroll')?.scrollBy(0, 600));
    await drawn(page);
  }
  t.equal(seen.size, wanted, 'each has its row');
}

async function heard(t: Test, page: Page): Promise<void> {
  await page.evaluate(() => window.stage.thread.show({ turns: window.stage.scene() }));
  await page.waitForSelector('[data-row="two foot"]');
  const live = page.locator('[aria-live=polite].visually-hidden');
  t.equal(await live.textContent(), '');
  await page.evaluate(() => {
    const { thread } = window.stage;
    const [one, two] = thread.state.turns;
    if (one !== undefined && two !== undefined) thread.show({ turns: [one, two] });
    thread.append(' over.');
  });
  await drawn(page);
  t.equal(await live.textContent(), '', 'not while it grows');
  await page.evaluate(() => window.stage.thread.changeLast((state) => ({ ...state, inProgress: false })));
  await page.waitForFunction(() => document.querySelector('p[aria-live=polite]')?.textContent !== '');
  t.equal(await live.textContent(), 'It fails as described; now I hand the slot over.');
  const thought = page.getByRole('button', { name: /^Thought/ }).last();
  t.equal(await thought.getAttribute('aria-expanded'), 'false');
  await thought.focus();
  await page.keyboard.press('Enter');
  t.equal(await thought.getAttribute('aria-expanded'), 'true');
  await page.getByText('The slot is freed before the waiter runs.').last().waitFor();
  await page.focus('.thread-scroll');
  await page.keyboard.press('Home');
  await page.waitForSelector('[data-row="one head"]');
  await page.keyboard.press('End');
  await page.waitForSelector('[data-row="two foot"]');
  await page.getByRole('button', { name: 'Open the thread of agent-7' }).or(page.locator('.thread-scroll')).first().waitFor(); // prettier-ignore
  t.equal(await page.getByRole('region', { name: 'Thread' }).getByRole('list').first().count(), 1);
  await thought.waitFor();
  t.equal(await thought.getAttribute('aria-expanded'), 'true', 'what was unfolded is so when it comes back');
}
