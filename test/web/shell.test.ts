import type { Browser, Locator, Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { ANSWERED_MS } from '../../web/limits.js';
import { desktop, noBrowser, openBrowser, openPage, phone } from './browser.js';
import { freePort, pageBroker } from './demo.js';
import type { PageBroker } from './demo.js';
import { OwnerClient } from './owner.js';

const card = (page: Page, title: string | RegExp): Locator =>
  page.locator('.request:not(.request-resolved)').filter({ has: page.getByRole('heading', { name: title }) });
const barSays = async (page: Page, words: string): Promise<void> =>
  await page.locator('.bar-text', { hasText: words }).waitFor();

/** Whether the token stands anywhere that others could read it. */
async function shown(page: Page, token: string): Promise<string[]> {
  const history = await page.evaluate(() => performance.getEntriesByType('navigation').length);
  const places = { address: page.url(), text: await page.content(), history: String(history) };
  return Object.entries(places).flatMap(([place, text]) => (text.includes(token) ? [place] : []));
}

/** Why the browser would not install the page; but that a test has no profile that is kept. */
async function installabilityErrors(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors: errors } = await session.send('Page.getInstallabilityErrors');
  return errors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito');
}

void t.test('the page', { skip: noBrowser }, async (t) => {
  const browser = await openBrowser(t);
  const broker = await pageBroker(t);
  await t.test('on the desk, from the link to an answer', async (t) => await desk(t, browser, broker));
  await t.test('with the keyboard alone', async (t) => await keyboard(t, browser, broker));
  await t.test('on the phone, with a finger', async (t) => await onPhone(t, browser, broker));
  await t.test('answered elsewhere', async (t) => await elsewhere(t, browser, broker));
  await t.test('ways that do not lead in', async (t) => await refused(t, browser, broker));
  await t.test('signed out while it is open', async (t) => await signedOut(t, browser, broker));
  await t.test('the broker goes and comes back', async (t) => await comesBack(t, browser));
});

async function desk(t: Test, browser: Browser, { link, token, origin }: PageBroker): Promise<void> {
  const { page, complaints } = await openPage(browser);
  await page.goto(link);
  await barSays(page, 'Live');
  t.equal(page.url(), `${origin}/`, 'the token is gone from the address bar');
  t.same(await shown(page, token), []);
  await page.getByRole('link', { name: /Hunt down the flaky checkout/ }).click();
  await page.getByText('no failure').waitFor();
  await page.locator('#composer').fill('run');
  await page.getByRole('button', { name: 'Send' }).click();
  const asked = card(page, 'Run this command?');
  await asked.getByText('npm run build && npm test').first().waitFor();
  t.match(await page.title(), /^\(1\) Hunt down/);
  t.same(await installabilityErrors(page), []);
  t.equal(await page.getByRole('button', { name: 'Add to the running turn' }).count(), 1);
  await asked.getByRole('button', { name: 'Allow once' }).dblclick();
  await page.getByText('Answered by you').waitFor();
  await page.getByText('33 tests').last().waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  t.notMatch(await page.title(), /^\(/);
  t.equal(await page.locator('.outgoing-message').count(), 0, 'what was written is in the thread');
  await page.reload();
  await barSays(page, 'Live');
  t.match(page.url(), /#thread=[\w-]+$/, 'the thread stays, and so does the session');
  t.same(complaints, []);
  await page.context().close();
}

async function keyboard(t: Test, browser: Browser, { link }: PageBroker): Promise<void> {
  const { page, complaints } = await openPage(browser, { ...desktop, reducedMotion: 'reduce' });
  await page.goto(link);
  await page.locator('.list-row-link').first().waitFor();
  const { keyboard: keys } = page;
  await keys.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await keys.press('Escape');
  await keys.press('/');
  await keys.type('webhook');
  await page.locator('.list-row-link').nth(1).waitFor({ state: 'detached' });
  await keys.press('Escape');
  await page.locator('.list-row-link').nth(1).waitFor();
  await keys.press('j');
  await keys.press('j');
  const second = await page.locator('.list-row-link').nth(1).getAttribute('href');
  t.equal(await page.evaluate(() => document.activeElement?.getAttribute('href')), second);
  await keys.press('k');
  await keys.press('j');
  await keys.press('Enter');
  await page.locator('main[data-phase="live"]').waitFor();
  t.ok(page.url().endsWith(second ?? '-'));
  await page.getByRole('region', { name: 'Thread', exact: true }).focus();
  await keys.press('ArrowDown');
  t.equal(await page.evaluate(() => document.activeElement?.ariaLabel), 'Thread', 'the arrows scroll it');
  await page.locator('.thread-head').getByRole('button', { name: 'More about' }).press('Enter');
  await page.getByRole('button', { name: 'Rename…' }).waitFor();
  await keys.press('Escape');
  await page.getByRole('button', { name: 'Rename…' }).waitFor({ state: 'hidden' });
  t.ok(page.url().endsWith(second ?? '-'), 'Esc closes the menu, and leads nowhere');
  await keys.press('n');
  await page.getByRole('dialog', { name: 'New thread' }).waitFor();
  t.equal(await page.evaluate(() => document.activeElement?.id), 'new-thread-folder');
  await keys.press('Escape');
  await answersWithKeys(page);
  await page.locator('#composer').blur();
  await keys.press('Escape');
  await page.locator('main.nothing').waitFor();
  t.same(complaints, []);
  await page.context().close();
}

async function answersWithKeys(page: Page): Promise<void> {
  const { keyboard: keys } = page;
  await keys.press('c');
  await keys.type('ask');
  await keys.press('Shift+Enter');
  await keys.type('me');
  await keys.press('Enter');
  const asked = card(page, 'The agent asks you 2 things');
  await asked.waitFor();
  await keys.press('Escape');
  await asked.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  await keys.type('ask');
  await keys.press('Enter');
  await page.locator('#composer').blur();
  await keys.press('r');
  await keys.press('Space');
  await keys.press('Tab');
  await keys.press('Tab');
  await keys.press('Space');
  // Not before a card can be answered that has just come up.
  await asked.locator('button:enabled', { hasText: /^Answer$/ }).press('Enter');
  await page.getByText('orders go to SQLite').last().waitFor();
}

async function onPhone(t: Test, browser: Browser, { link }: PageBroker): Promise<void> {
  // What grows as it comes up is measured as it is then.
  const { page, complaints } = await openPage(browser, { ...phone, reducedMotion: 'reduce' });
  await page.goto(link);
  await page.getByRole('link', { name: /Split the payment module/ }).tap();
  await page.locator('main[data-phase="live"]').waitFor();
  t.notOk(await page.locator('.sidebar').isVisible(), 'one thing at a time');
  await page.locator('#composer').fill('edit');
  await page.getByRole('button', { name: 'Send' }).tap();
  const asked = card(page, 'Change these 2 files?');
  await asked.getByText('refunds.md').waitFor();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.thread-page :is(button, .icon-button), .thread-page > header a')]
      .filter((each) => each.closest('.thread') === null && each.getClientRects().length > 0)
      .filter(
        (each) => Math.min(each.getBoundingClientRect().width, each.getBoundingClientRect().height) < 44,
      )
      .map((each) => each.outerHTML.slice(0, 120)),
  );
  t.same(small, [], 'what is to be touched is large enough for a finger');
  const fontSize = await page
    .locator('#composer')
    .evaluate((box) => Number.parseFloat(getComputedStyle(box).fontSize));
  t.ok(fontSize >= 16, 'a phone does not zoom in on it');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  t.equal(wide, 0, 'nothing sticks out');
  await asked.getByRole('button', { name: 'Decline' }).tap();
  await page.getByText('the files stay as they are').last().waitFor();
  await page.getByRole('link', { name: 'All threads' }).tap();
  await page.getByRole('link', { name: /Split the payment module/ }).waitFor();
  t.same(complaints, []);
  await page.context().close();
}

async function elsewhere(t: Test, browser: Browser, broker: PageBroker): Promise<void> {
  const { page, complaints } = await openPage(browser);
  await page.clock.install();
  await page.goto(broker.link);
  await page.getByRole('link', { name: /Split the payment module/ }).click();
  await page.locator('main[data-phase="live"]').waitFor();
  const threadId = new URL(page.url()).hash.replace('#thread=', '');
  const owner = await OwnerClient.connect(t, broker.origin, broker.token, 'editor');
  await owner.call('thread/resume', { threadId });
  await page.getByRole('button', { name: '1 other is on this thread' }).click();
  await page.getByRole('dialog').getByText('editor').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#composer').fill('run');
  await page.keyboard.press('Enter');
  await card(page, 'Run this command?').waitFor();
  await owner.answer('item/commandExecution/requestApproval', { decision: 'accept' });
  await page.getByText('Answered by editor').waitFor();
  await page.getByText('33 tests').last().waitFor();
  await page.clock.fastForward(ANSWERED_MS);
  await page.locator('.request').waitFor({ state: 'detached' });
  t.same(complaints, []);
  await page.context().close();
}

async function refused(t: Test, browser: Browser, { origin, token, link }: PageBroker): Promise<void> {
  const { page, complaints } = await openPage(browser);
  await page.goto(`${origin}/`);
  await page.getByRole('heading', { name: 'Threadcast' }).waitFor();
  await page.getByText('threadcast pair').waitFor();
  await page.goto(`${origin}/#token=${'x'.repeat(43)}`);
  await page.getByRole('heading', { name: 'This token is not good' }).waitFor();
  t.equal(page.url(), `${origin}/`);
  await page.goto(`${origin}/#pair=AAAA-AAAA`);
  await page.getByRole('heading', { name: 'This code was used, or is too old' }).waitFor();
  await page.getByLabel('Or paste the link or the token').fill(link);
  await page.getByRole('button', { name: 'Come in' }).click();
  await barSays(page, 'Live');
  t.same(await shown(page, token), []);
  t.same(complaints, []);
  await page.context().close();
}

async function signedOut(t: Test, browser: Browser, broker: PageBroker): Promise<void> {
  const owner = await OwnerClient.connect(t, broker.origin, broker.token, 'owner');
  const { code } = (await owner.call('broker/pairing/start', { name: 'phone' })) as { code: string };
  const { page, complaints } = await openPage(browser, phone);
  await page.goto(`${broker.origin}/#pair=${code}`);
  await barSays(page, 'Live');
  t.equal(page.url(), `${broker.origin}/`);
  const second = await page.context().newPage();
  await second.goto(`${broker.origin}/`);
  await barSays(second, 'Live');
  const { data } = (await owner.call('broker/devices/list', {})) as { data: { deviceId: string }[] };
  await owner.call('broker/devices/revoke', { deviceId: data[0]?.deviceId });
  for (const each of [page, second])
    await each.getByRole('heading', { name: 'This device was signed out' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Threadcast' }).waitFor();
  t.same(complaints, []);
  await page.context().close();
}

/** It may have come back by itself in this moment: then there is nothing to press. */
async function tryNow(page: Page): Promise<void> {
  await page.locator('.bar-retry').evaluateAll(([button]) => button instanceof HTMLElement && button.click());
}

async function comesBack(t: Test, browser: Browser): Promise<void> {
  const port = await freePort();
  const first = await pageBroker(t, { port });
  const { page, complaints } = await openPage(browser);
  // A storage that is full: every write fails.
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(first.link);
  await barSays(page, 'Live');
  await page.getByText('This browser keeps nothing').waitFor();
  await page.evaluate(async () => await navigator.serviceWorker.ready);
  await first.cli.end();
  await barSays(page, 'Cut: the broker was stopped.');
  await page.locator('.bar').getByText('Try now').waitFor();
  const again = await page.context().newPage();
  await again.goto(`${first.origin}/`);
  await again.getByRole('heading', { name: 'The broker is not there' }).waitFor();
  const second = await pageBroker(t, { stateDir: first.stateDir, port });
  await tryNow(page);
  await barSays(page, 'Back.');
  await again.getByRole('button', { name: 'Try again' }).click();
  await again.getByText('threadcast pair').waitFor();

  await page.getByRole('link', { name: /Hunt down the flaky checkout/ }).click();
  await page.getByText('no failure').waitFor();
  process.kill(second.cli.pid ?? 0, 'SIGKILL');
  await barSays(page, 'Cut: the broker or the network is gone.');
  await second.cli.exits();
  await pageBroker(t, { stateDir: first.stateDir, port });
  await tryNow(page);
  await barSays(page, 'Back.');
  await page.locator('#composer').fill('help');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('I am the demo runtime').waitFor();
  t.equal(await page.getByText('no failure').count(), 1, 'the thread is there, once');
  t.same(complaints, []);
  await page.context().close();
}
