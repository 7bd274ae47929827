/** What an agent writes, on the screen. */
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { drawn, showMessage } from './thread-stage.js';

const HOSTILE = [
  '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2"><svg onload="window.pwned = 3"><iframe src="javascript:parent.pwned=4"></iframe>',
  '[a](javascript:window.pwned=5) [b](JaVaScRiPt:window.pwned=6) [c](data:text/html,x) [d](vbscript:x) [e](&#106;avascript:window.pwned=7) [file](src/a.ts)',
  '<a href="javascript:window.pwned=8">f</a> <a href="https://not.example" onclick="window.pwned=9" target="_self">g</a> <https://ok.example>',
  '<div style="position:fixed;inset:0" class="pill" id="app">cover</div> <form action="https://evil.example"><input name="a"><button>h</button></form>',
  '![elsewhere](https://evil.example/pixel.png) ![inline](data:image/svg+xml,<svg/>) ![own](data:image/gif;base64,R0lGODlhAQABAAAAACw=)',
  '<math><mi//xlink:href="data:x,<script>window.pwned=10</script>"> <style>*{display:none}</style> <base href="https://evil.example/"> <meta http-equiv="refresh" content="0;url=https://evil.example">',
  '```js"onmouseover="window.pwned=11\n<script>window.pwned = 12</script>\n```',
  '- a\n\n  ```js\n  const x = "</code></pre><script>window.pwned=13</script>";\n  ```',
  '<video src="https://evil.example/v"></video><object data="x"></object><embed src="x"><link rel=stylesheet href="https://evil.example/s.css">',
  'A `Map<string, number>` and a Set<string>, <kbd>Ctrl</kbd> and <b>bold</b>.<br>Next.',
]; // prettier-ignore

/** What of an element could run, load, leave its place or be taken for the page's. */
async function dangersIn(page: Page, selector: string): Promise<object> {
  return await page.evaluate((selector) => {
    const root = document.querySelector(selector) as HTMLElement;
    const own = (element: Element): boolean => element.closest('.code, .md-table') !== null;
    const all = [...root.querySelectorAll('.md-block *, .bare *')].filter((element) => !own(element));
    const tags = /script|style|iframe|svg|math|form|button|video|object|embed|link|meta|base/;
    return {
      pwned: 'pwned' in window,
      links: [...root.querySelectorAll('a')].map(({ href, target, rel }) => `${href} ${target} ${rel}`),
      images: [...root.querySelectorAll('img')].map((image) => image.src.slice(0, 15)),
      tags: all.map(({ localName }) => localName).filter((name) => tags.test(name)),
      attributes: all.flatMap((element) =>
        element.getAttributeNames().filter((name) => /^(on|id$|name$|style$|data-)/.test(name)),
      ),
      classes: all.flatMap((element) => [...element.classList]).filter((name) => name !== 'md-reference'),
    };
  }, selector);
}

const REL = '_blank noopener noreferrer nofollow';

export async function sanitizing(t: Test, page: Page): Promise<void> {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(page.url()) && !request.url().startsWith('data:'))
      asked.push(request.url());
  });
  await showMessage(page, HOSTILE.join('\n\n'));
  await page.waitForSelector('.code .hljs-keyword');
  t.same(await dangersIn(page, '.answer'), {
    pwned: false,
    links: [`https://ok.example/ ${REL}`, `https://evil.example/pixel.png ${REL}`],
    images: ['data:image/gif;'],
    tags: [],
    attributes: [],
    classes: [],
  });
  const text = await page.innerText('.answer');
  t.match(text, '<script>window.pwned = 1</script>', 'it is shown as it was written');
  t.match(text, 'a Set<string>, Ctrl and bold.\nNext.');
  t.same(asked, [], 'nothing was loaded from elsewhere');
}

export async function sanitizer(t: Test, page: Page): Promise<void> {
  await page.evaluate((texts) => {
    const host = document.createElement('div');
    host.className = 'bare';
    for (const html of texts) host.append(window.stage.sanitized(html));
    document.body.append(host);
  }, HOSTILE);
  t.same(await dangersIn(page, 'body'), {
    pwned: false,
    links: [`https://not.example/ ${REL}`],
    images: [],
    tags: [],
    attributes: [],
    classes: [],
  });
}

const DOCUMENT = `# Title

A paragraph with **bold**, \`code\`, [a link](https://a.example) and [another][ref].

- one
  - nested
- two

  \`\`\`js
  const inList = true;
  \`\`\`

1. first

2. second

| a | b |
| --- | ---: |
| 1 | 2 |

\`\`\`ts
export const answer: number = 42;

// after an empty line
\`\`\`

> quoted
> twice

- [x] done
- [ ] to do

[ref]: https://later.example

The end.`;

export async function streaming(t: Test, page: Page): Promise<void> {
  await showMessage(page, DOCUMENT);
  await page.waitForFunction(() => document.querySelectorAll('.code code:has(span)').length === 2);
  const whole = await page.innerHTML('.md');
  t.match(whole, /later.example/);
  for (const step of [1, 3, 17, 90]) {
    await showMessage(page, '', true);
    const kept = await page.evaluate(
      async ([text, step]) => {
        const { thread } = window.stage;
        const frame = async (): Promise<void> =>
          await new Promise((done) => requestAnimationFrame(() => done()));
        let first: Element | null = null;
        let isKept = true;
        for (let at = 0; at < text.length; at += step) {
          thread.append(text.slice(at, at + step));
          if (at % 5 === 0) await frame();
          if (at > 40) first ??= document.querySelector('.md h1');
        }
        if (first !== null) isKept = first.isConnected;
        const height = (document.querySelector('.md') as HTMLElement).offsetHeight;
        return { isKept, height };
      },
      [DOCUMENT, step] as const,
    );
    t.ok(kept.isKept, 'what is finished stays the same element');
    await drawn(page);
    await page.evaluate(() => window.stage.thread.changeLast((state) => ({ ...state, inProgress: false })));
    await page.waitForFunction(() => document.querySelectorAll('.code code:has(span)').length === 2);
    t.equal(await page.innerHTML('.md'), whole, `in pieces of ${step}`);
  }
  const jump = await page.evaluate(async (text) => {
    const { thread, turnOf, messageOf } = window.stage;
    const frames = async (): Promise<void> =>
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
    thread.show({ turns: [turnOf('u', [messageOf('m', text, true)])] });
    await frames();
    const before = (document.querySelector('.md') as HTMLElement).offsetHeight;
    thread.changeLast((state) => ({ ...state, inProgress: false }));
    await frames();
    return (document.querySelector('.md') as HTMLElement).offsetHeight - before;
  }, DOCUMENT);
  t.equal(jump, 0, 'it is as high when it is finished');
}
