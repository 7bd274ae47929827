/**
 * Makes the pictures of docs/: a desktop and a phone on the demo runtime, in one session. `npm run pictures`; run it when
 * the page looks different.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { program } from '../support/built.js';
import { ARGS, CHROMIUM, desktop, phone } from './browser.js';
import { Mirror } from './mirror.js';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'threadcast-pictures-'));
// What the threads say that they work in.
const shop = join(folder, 'code', 'shop');
mkdirSync(shop, { recursive: true });

const [node, ...args] = program('broker/main');
const options = [
  '--demo',
  '--demo-args',
  '--pace 200',
  '--state-dir',
  folder,
  '--listen',
  'ws://127.0.0.1:0',
];
const broker = spawn(node, [...args, ...options], { cwd: shop, stdio: ['ignore', 'ignore', 'pipe'] });
let url = '';
for await (const line of createInterface({ input: broker.stderr })) {
  if (line.startsWith('  open')) {
    url = line.slice(line.indexOf('http'));
    break;
  }
}
const link = `${url}#token=${readFileSync(join(folder, 'token'), 'utf8').trim()}`;
const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ARGS });

const thread = 'Hunt down the flaky checkout test';
const light = await Mirror.open(browser, link, { ...desktop, deviceScaleFactor: 2 });
const hand = await Mirror.open(browser, link, { ...phone, colorScheme: 'dark' });
await light.openThread(thread);
await hand.picture('phone-threads');
await hand.openThread(thread);
await light.say('the cart is off by a cent');
await light.cards.first().waitFor();
await Promise.all([light.picture('desktop-approval'), hand.picture('phone-approval')]);
await hand.decide('Allow once');
await light.cards.getByText('npm test').first().waitFor();
await light.cards.getByRole('button', { name: 'Allow once' }).click();
await light.shows('Done.');
await light.page.locator('main header').getByText('Idle').waitFor();
await Promise.all([light.picture('desktop'), hand.picture('phone')]);

await browser.close();
broker.kill();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`pictures are in ${DOCS}\n`);
