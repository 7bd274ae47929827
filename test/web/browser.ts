import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';
import { build } from 'vite';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Where chromium is; undefined where there is none. */
export const CHROMIUM = PATHS.find((path) => existsSync(path));

/** Why there is no browser to test with; false where there is one. */
export const noBrowser: false | string = CHROMIUM === undefined ? 'needs chromium' : false;

/** Without what a browser does of itself on a network. */
export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium, until the test ends, once the page that brokers serve is that of these sources. */
export async function openBrowser(t: Test): Promise<Browser> {
  await pageBuilt();
  return await launched(t);
}

/** Chromium, until the test ends. */
export async function launched(t: Test): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no chromium: skip by `noBrowser`');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  t.teardown(async () => await browser.close());
  return browser;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(ROOT, 'dist', 'web', 'sw.js');

/**
 * Builds the page where it is older than what it is made of. `npm test` has built it before: it is for a file of tests
 * that is run alone.
 */
async function pageBuilt(): Promise<void> {
  const builtAt = existsSync(BUILT) ? statSync(BUILT).mtimeMs : 0;
  const changedAt = ['web', 'client', 'protocol'].flatMap((folder) => {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    return names.map((name) => statSync(join(ROOT, folder, name)).mtimeMs);
  });
  if (Math.max(...changedAt) < builtAt) return;
  await build({ configFile: join(ROOT, 'web', 'vite.config.ts'), logLevel: 'error' });
}

/** What a screen is to a browser: a desk with a keyboard, or a phone with fingers. */
export const desktop = { viewport: { width: 1280, height: 800 } } as const satisfies BrowserContextOptions;
export const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
} as const satisfies BrowserContextOptions;

/** How long anything that a test waits for may take. */
const WAIT_MS_MAX = 10_000;

/** A page, and what it has complained of: errors that nobody caught, and what its policy has stopped. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens an empty page in a context of its own. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = desktop,
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A refusal is told by the browser itself: a test that provokes one sees the page that says so.
    const isRefusal = /status of (401|403|429)|WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  return { page, complaints };
}
