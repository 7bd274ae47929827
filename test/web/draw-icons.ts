/** Makes the PNGs of web/public/icons from the SVGs beside them: run it when those change. `npx tsx test/web/draw-icons.ts` */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ICONS = fileURLToPath(new URL('../../web/public/icons/', import.meta.url));
const PICTURES = [
  ['icon.svg', 'icon-192.png', 192],
  ['icon.svg', 'icon-512.png', 512],
  ['maskable.svg', 'maskable-512.png', 512],
] as const;

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();
for (const [from, to, size] of PICTURES) {
  await page.setViewportSize({ width: size, height: size });
  const svg = Buffer.from(readFileSync(`${ICONS}${from}`)).toString('base64');
  await page.setContent(
    `<style>body{margin:0}img{display:block;width:100vw}</style><img src="data:image/svg+xml;base64,${svg}">`,
  );
  writeFileSync(`${ICONS}${to}`, await page.screenshot({ omitBackground: true }));
}
await browser.close();
