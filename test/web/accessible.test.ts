import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { desktop, noBrowser, openBrowser, openPage, phone } from './browser.js';
import { pageBroker } from './demo.js';
import type { PageBroker } from './demo.js';

interface Finding {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds on the page that is serious, one line each. */
async function seriousFindings(page: Page): Promise<string[]> {
  // What moves in is half transparent until it is there.
  await page.evaluate(
    async () => await Promise.allSettled(document.getAnimations().map((each) => each.finished)),
  );
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ readonly violations: readonly Finding[] }>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
    );
}

/** Looks at every page that there is, in both themes, wide and narrow. */
async function walk(t: Test, browser: Browser, { link, origin }: PageBroker): Promise<void> {
  const { page } = await openPage(browser, { ...desktop, reducedMotion: 'reduce' });
  const look = async (what: string): Promise<void> => {
    for (const [colorScheme, { viewport }] of [
      ['dark', phone],
      ['light', desktop],
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
      t.same(await seriousFindings(page), [], `${what}, ${colorScheme}`);
    }
  };
  await page.goto(`${origin}/`);
  await page.getByRole('heading', { name: 'Threadcast' }).waitFor();
  await look('welcome');
  await page.goto(`${origin}/#token=${'x'.repeat(43)}`);
  await page.getByRole('heading', { name: 'This token is not good' }).waitFor();
  await look('refused');
  await page.goto(link);
  await page.locator('.list-row-link').first().waitFor();
  await look('list');
  await page.getByRole('link', { name: /Hunt down the flaky checkout/ }).click();
  await page.locator('main[data-phase="live"]').getByText('no failure').waitFor();
  await look('thread');
  for (const [words, title, answer] of [
    ['run', 'Run this command?', 'Allow once'],
    ['edit', 'Change these 2 files?', 'Decline'],
    ['ask', 'The agent asks you 2 things', 'Go on without an answer'],
  ] as const) {
    await page.locator('#composer').fill(words);
    await page.locator('.send').click();
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: answer, exact: true }).and(page.locator(':enabled')).waitFor();
    await look(words);
    await page.getByRole('button', { name: answer, exact: true }).click();
    await page
      .getByText(/Answered by you/)
      .last()
      .waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  }
  await look('answered');
  for (const name of ['Attached threads', /other(s are| is) on this thread/]) {
    await page.getByRole('button', { name }).click();
    await page.getByRole('dialog').waitFor();
    await look(String(name));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.context().close();
}

void t.test('axe has nothing serious to say', { skip: noBrowser }, async (t) => {
  const browser = await openBrowser(t);
  await walk(t, browser, await pageBroker(t));
  const { page } = await openPage(browser);
  await page.setContent('<html lang="en"><title>t</title><main><h1>t</h1><button></button></main>');
  t.match(await seriousFindings(page), [/^button-name/], 'it does look');
});
