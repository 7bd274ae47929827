/** Where the reader is, while things come before and behind. */
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { drawn } from './thread-stage.js';

/** Turns of different heights. */
async function showTurns(page: Page, from: number, to: number, older: number[][] = []): Promise<void> {
  await page.evaluate(
    ([from, to, older]) => {
      const { thread, turnOf, messageOf } = window.stage;
      const turn = (index: number): ReturnType<typeof turnOf> =>
        turnOf(`t${index}`, [
          messageOf('a', `Turn ${index}\n\n${'Some words of it. '.repeat((index * 7) % 40)}`),
        ]);
      const span = (first: number, end: number): ReturnType<typeof turnOf>[] =>
        Array.from({ length: end - first }, (_, index) => turn(first + index));
      thread.older = older.map(([first = 0, end = 0]) => span(first, end));
      thread.show({ turns: span(from, to), older: older.length > 0 ? 'some' : 'none' });
    },
    [from, to, older] as const,
  );
  await page.waitForFunction(() => {
    const list = document.querySelector('.thread-scroll');
    return list !== null && list.scrollTop > 0 && list.scrollHeight - list.clientHeight - list.scrollTop < 2;
  });
  await drawn(page);
}

/** Where the first row stands that is in sight as a whole. */
async function placeOf(page: Page, key?: string): Promise<{ key: string; top: number }> {
  return await page.evaluate((key) => {
    const rows = [...document.querySelectorAll<HTMLElement>('.thread-row')];
    const found = rows.find((row) =>
      key === undefined ? row.getBoundingClientRect().top >= 0 : row.dataset['row'] === key,
    );
    return {
      key: found?.dataset['row'] ?? 'none',
      top: Math.round(found?.getBoundingClientRect().top ?? NaN),
    };
  }, key);
}

export async function olderTurns(t: Test, page: Page): Promise<void> {
  await showTurns(page, 60, 120, [[30, 60], [0, 30]]); // prettier-ignore
  t.equal(await page.evaluate(() => window.stage.thread.asked), 0, 'none are loaded before he scrolls');
  // The test says when the page of older turns comes: then the reader is at rest.
  await page.evaluate(() => {
    const { thread } = window.stage;
    const load = thread.loadOlder.bind(thread);
    let come = (): void => undefined;
    const asked = new Promise<void>((resolve) => (come = resolve));
    thread.loadOlder = async () => await asked.then(load);
    Object.assign(window, { come });
  });
  await page.hover('.thread-scroll');
  await page.mouse.wheel(0, -200_000);
  await page.waitForFunction(() => document.querySelector('.thread-scroll')?.scrollTop === 0);
  await page.mouse.wheel(0, 300);
  await page.waitForFunction(() => document.querySelector('.thread-scroll')?.scrollTop === 300);
  // At rest it takes clicks again.
  await page.waitForFunction(
    () => document.querySelector<HTMLElement>('.thread-scroll ol')?.style.pointerEvents !== 'none',
  );
  const before = await placeOf(page);
  await page.evaluate(() => {
    (window as unknown as { come: () => void }).come();
    const { thread, messageOf } = window.stage;
    // Something comes at the end at the same time.
    thread.add(messageOf('z', 'The newest'));
  });
  await page.waitForFunction(() => window.stage.thread.state.turns.length >= 90);
  await page.waitForFunction((key) => document.querySelector(`[data-row="${key}"]`) !== null, before.key);
  await drawn(page);
  await drawn(page);
  const after = await placeOf(page, before.key);
  t.equal(after.key, before.key);
  t.ok(Math.abs(after.top - before.top) <= 2, `from ${before.top} to ${after.top}`);
  await page.focus('.thread-scroll');
  await page.keyboard.press('Home');
  await page.waitForFunction(() => window.stage.thread.state.older === 'none');
  t.equal(await page.evaluate(() => window.stage.thread.asked), 2, 'and each page once');
}

export async function theEnd(t: Test, page: Page): Promise<void> {
  await showTurns(page, 0, 40);
  const fromEnd = async (): Promise<number> =>
    await page.evaluate(() => {
      const list = document.querySelector('.thread-scroll') as HTMLElement;
      return Math.round(list.scrollHeight - list.clientHeight - list.scrollTop);
    });
  const say = async (times: number): Promise<void> =>
    await page.evaluate(async (times) => {
      const { thread } = window.stage;
      for (let time = 0; time < times; time += 1) {
        thread.append(`More of it, ${time}.\n\n`);
        await new Promise((done) => requestAnimationFrame(() => done(undefined)));
      }
    }, times);
  await say(40);
  await drawn(page);
  t.ok((await fromEnd()) <= 1, 'it has followed');
  t.equal(await page.locator('.thread-over-bottom button').count(), 0);
  await page.hover('.thread-scroll');
  await page.mouse.wheel(0, -900);
  await page.waitForSelector('.thread-over-bottom button');
  await drawn(page);
  const before = await placeOf(page);
  await say(20);
  await page.evaluate(() => window.stage.thread.add(window.stage.messageOf('n', 'One more')));
  await page.waitForSelector('.pill-count');
  t.same(await placeOf(page, before.key), before, 'what he reads stays where it is');
  t.match(await page.textContent('.thread-over-bottom button'), /Jump to newest.*1 new row/);
  await page.click('.thread-over-bottom button');
  await page.waitForFunction(() => document.querySelector('.thread-over-bottom button') === null);
  await say(5);
  await drawn(page);
  t.ok((await fromEnd()) <= 1, 'he is at the end again, and stays there');
}
