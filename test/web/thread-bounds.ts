/** More than fits. */
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { ANSI_SEGMENTS_MAX, MARKDOWN_CHARS_MAX, SLICE_CHARS } from '../../web/limits.js';
import { drawn, showMessage } from './thread-stage.js';

export async function bomb(t: Test, page: Page): Promise<void> {
  await page.evaluate(() => {
    const { thread, turnOf, itemOf } = window.stage;
    const aggregatedOutput = Array.from({ length: 400_000 }, (_, index) => `\u001b[3${index % 8}mx\n`).join(
      '',
    );
    const item = { type: 'commandExecution', id: 'c', command: 'bomb', cwd: '', status: 'completed', aggregatedOutput, exitCode: 0, durationMs: 1 } as const; // prettier-ignore
    thread.show({ turns: [turnOf('t', [itemOf(item)])] });
  });
  await page.waitForSelector('.output-text');
  t.ok((await page.locator('.output-text *').count()) < 20, 'folded it is a few lines');
  await page.click('text=Show all');
  await page.waitForSelector('.output-whole');
  const count = await page.locator('.output-text *').count();
  t.ok(count > 100 && count <= ANSI_SEGMENTS_MAX + 1, `${count} elements`);
}

export async function longMessage(t: Test, page: Page): Promise<void> {
  const text = 'Five megabytes of words, and a line.\n'.repeat(140_000);
  t.ok(text.length > 5_000_000);
  const shown = async (): Promise<number> => (await page.innerText('.answer')).length;
  await showMessage(page, text, true);
  await page.evaluate(() => window.stage.thread.append('The very end.'));
  await drawn(page);
  const grown = await page.innerText('.answer');
  t.match(grown, /The very end\.$/);
  t.ok(grown.length < 2 * SLICE_CHARS, 'its end is shown while it grows');
  await page.evaluate(() => window.stage.thread.changeLast((state) => ({ ...state, inProgress: false })));
  await page.waitForFunction(
    () => document.querySelector('.answer')?.textContent.startsWith('Five') === true,
  );
  t.ok((await shown()) < 2 * SLICE_CHARS, 'then its beginning');
  await page.click('text=Show all');
  await page.waitForFunction(() => (document.querySelector('.answer')?.textContent.length ?? 0) > 5_000_000);
  await drawn(page);
  await showMessage(page, `# ${'word '.repeat(MARKDOWN_CHARS_MAX / 5 - 4)}`);
  t.equal(await page.locator('.long-text').count(), 1, 'a block without an end is plain');
}

export async function manyItems(t: Test, page: Page): Promise<void> {
  const took = await page.evaluate(async () => {
    const { thread, turnOf, itemOf, messageOf, scene } = window.stage;
    const kinds = scene().flatMap(({ items }) => items);
    const turns = Array.from({ length: 100 }, (_, turn) =>
      turnOf(`t${turn}`, Array.from({ length: 100 }, (_, index) => {
        const kind = kinds[index % kinds.length];
        return kind === undefined || index % 3 === 0 ? messageOf(`i${index}`, `Item ${index} of **${turn}**`) : itemOf({ ...kind.item, id: `i${index}` });
      })),
    ); // prettier-ignore
    const began = performance.now();
    thread.show({ turns });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
  });
  await page.waitForFunction(() => document.querySelector('[data-row="t99 foot"]') !== null);
  t.ok(took < 10_000, `on the screen after ${Math.round(took)} ms`);
  const count = async (): Promise<number> => await page.locator('.thread-row').count();
  t.ok((await count()) < 60, 'few at the end');
  await page.focus('.thread-scroll');
  await page.keyboard.press('Home');
  await page.waitForSelector('[data-row="t0 head"]');
  t.ok((await count()) < 60, 'few at the beginning');
  t.ok((await page.locator('#app *').count()) < 3_000, 'and a bounded number of elements');
}
