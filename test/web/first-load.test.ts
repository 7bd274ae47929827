import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { desktop, noBrowser, openBrowser, openPage } from './browser.js';
import { pageBroker } from './demo.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const SCRIPT_BYTES_MAX = 120_000;
const FIRST_THREAD_MS_MAX = 1_000;
const SLOWER = 4;
const RUNS = 7;
const PAGE = fileURLToPath(new URL('../../dist/web/', import.meta.url));

void t.test('the first load', { skip: noBrowser }, async (suite) => {
  const browser = await openBrowser(suite);
  const broker = await pageBroker(suite);

  await suite.test('has at most 120 kB of script, compressed, and nothing of another server', async (t) => {
    const { page, complaints } = await openPage(browser, desktop);
    const asked: URL[] = [];
    page.on('request', (request) => asked.push(new URL(request.url())));
    await page.goto(broker.link);
    await page.locator('.list-row-link').first().waitFor();
    const scripts = [
      ...new Set(asked.filter(({ pathname }) => pathname.endsWith('.js')).map(({ pathname }) => pathname)),
    ];
    t.ok(scripts.length > 0);
    const bytes = scripts
      .filter((path) => path !== '/sw.js')
      .map((path) => gzipSync(readFileSync(join(PAGE, path)), { level: 9 }).length);
    t.comment(`script of the first load: ${bytes.reduce((sum, each) => sum + each, 0)} bytes gzipped`);
    t.ok(bytes.reduce((sum, each) => sum + each, 0) <= SCRIPT_BYTES_MAX);
    t.same([...new Set(asked.map(({ origin }) => origin.replace(/^ws/, 'http')))], [broker.origin]);
    t.ok(
      readdirSync(join(PAGE, 'assets')).some(
        (name) => /languages.*\.js$/.test(name) && !scripts.includes(`/assets/${name}`),
      ),
      'what highlights code comes when there is code',
    );
    t.same(complaints, []);
    await page.context().close();
  });

  // Time is asserted where it is measured more than once.
  if (!LONG) return;
  await suite.test(`shows a thread within a second on a machine ${SLOWER} times slower`, async (t) => {
    const { page } = await openPage(browser, desktop);
    await page.goto(broker.link);
    const thread = await page.locator('.list-row-link').first().getAttribute('data-thread');
    const took: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      // A browser that was never here.
      const opened = await openPage(browser, desktop);
      const cdp = await opened.page.context().newCDPSession(opened.page);
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
      const began = performance.now();
      await opened.page.goto(`${broker.link}&thread=${thread}`);
      await opened.page.locator('main[data-phase="live"] .thread-row').first().waitFor();
      took.push(performance.now() - began);
      await opened.page.context().close();
    }
    const median = Math.round(took.toSorted((a, b) => a - b)[took.length >> 1] ?? Infinity);
    t.comment(`first thread on the screen after ${median} ms (median of ${took.length})`);
    t.ok(median <= FIRST_THREAD_MS_MAX);
  });
});
