import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';
import { build } from 'vite';
import { Page as PageFiles } from '../../broker/ops/page.js';
import { launched, openPage } from './browser.js';
import type { Stage } from './fixture/main.js';

declare global {
  interface Window {
    stage: Stage;
  }
}

export interface StageBrowser {
  readonly browser: Browser;
  readonly url: string;
}

/** A browser, and the thread view of the fixture, built and served under the policy that the broker gives its page. */
export async function stageBrowser(t: Test): Promise<StageBrowser> {
  const outDir = t.testdir();
  await build({
    root: fileURLToPath(new URL('fixture', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
    build: {
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: false,
    },
  });
  const files = new PageFiles(outDir);
  const server = createServer(({ url = '', headers }, response) => {
    const header = (name: string): string | undefined => headers[name]?.toString();
    const { status, body, ...answer } = files.answer({
      method: 'GET',
      path: new URL(url, 'http://localhost').pathname,
      header,
      headers: (name) => [header(name) ?? ''],
      address: '127.0.0.1',
      secure: false,
    });
    response.writeHead(status, answer.headers).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const browser = await launched(t);
  return { browser, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

export interface StageOptions extends BrowserContextOptions {
  /** HTML is read that the policy stops. */
  readonly isRead?: boolean;
}

/** Gives the thread view, with no turns. At the end it has broken no policy and thrown nothing. */
export async function onStage(
  t: Test,
  { browser, url }: StageBrowser,
  play: (page: Page) => Promise<void>,
  { isRead = false, ...options }: StageOptions = {},
): Promise<void> {
  const { page, complaints } = await openPage(browser, options);
  try {
    await page.goto(url);
    await play(page);
    const violations = await page.evaluate(() => window.stage.violations);
    // Chromium names what it has stopped also in what is only read, to be made safe.
    const isStopped = (complaint: string): boolean =>
      /(inline (event handler|style)|base URI to '\S+') violates/.test(complaint);
    t.same(
      isRead ? complaints.filter((one) => !isStopped(one)) : complaints,
      [],
      'the page complains of nothing',
    );
    t.same(isRead ? [] : violations, [], 'and breaks no policy');
  } finally {
    await page.context().close();
  }
}

/** When all that was asked for is drawn: two frames later nothing is left to do. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    async () =>
      await new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
      ),
  );
}

/** One message of an agent, drawn. */
export async function showMessage(page: Page, text: string, inProgress = false): Promise<void> {
  await page.evaluate(
    ([text, inProgress]) => {
      const { thread, turnOf, messageOf } = window.stage;
      thread.show({ turns: [turnOf('t', [messageOf('m', text, inProgress)])] });
    },
    [text, inProgress] as const,
  );
  await page.waitForSelector('.md, .long-text', { state: 'attached' });
  await drawn(page);
}
