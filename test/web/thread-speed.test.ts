import type { CDPSession, Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { noBrowser } from './browser.js';
import { drawn, onStage, stageBrowser } from './thread-stage.js';

const isLong = process.env['THREADCAST_TEST_LONG'] !== undefined;
const ITEMS = 2_000;
/** Elements that Preact may compare for one delta: the way down to one row. */
const DIFFED_MAX = 60;
/** A device this much slower draws a delta within a frame of this length. */
const SLOWER = 4;
const FRAME_MS_MAX = 50;
const DELTAS = isLong ? 500 : 60;
/** Nodes that one delta may add or remove. */
const NODES_MAX = 12;

t.test('the speed of the thread in a browser', { skip: noBrowser }, async (t) => {
  const stage = await stageBrowser(t);
  t.test(
    'a delta is the work of one row',
    async (t) => await onStage(t, stage, (page) => workOfOne(t, page)),
  );
  t.test(
    'deltas leave nothing behind but their text',
    async (t) => await onStage(t, stage, (page) => memory(t, page)),
  );
  t.test(
    'a delta is drawn within a frame, on a device of a quarter of the speed, too',
    async (t) => await onStage(t, stage, (page) => frames(t, page)),
  );
});

/** One turn that runs, with items of every kind; the last one is a message that grows. */
async function showItems(page: Page, count: number): Promise<void> {
  await page.evaluate((count) => {
    const { thread, turnOf, itemOf, messageOf, scene } = window.stage;
    const kinds = scene().flatMap(({ items }) => items.filter(({ inProgress }) => !inProgress));
    const items = Array.from({ length: count - 1 }, (_, index) => {
      const kind = kinds[index % kinds.length];
      return kind === undefined ? messageOf(`i${index}`, '') : itemOf({ ...kind.item, id: `i${index}` });
    });
    thread.show({ turns: [turnOf('t', [...items, messageOf('last', '', true)], { status: 'inProgress' })] });
  }, count);
  await page.waitForSelector('[data-row="t foot"]');
  await drawn(page);
}

const WORDS = 'some words of an answer, with `code`, **weight** and [a link](https://a.example). ';

async function workOfOne(t: Test, page: Page): Promise<void> {
  await showItems(page, ITEMS);
  const { diffed, nodes, rows } = await page.evaluate(async (words) => {
    const { stage } = window;
    const frame = async (): Promise<unknown> => await new Promise((done) => requestAnimationFrame(done));
    // Until all that is in sight has been measured.
    for (let times = 0; times < 25; times += 1) {
      stage.thread.append(words);
      await frame();
    }
    stage.thread.append('\n\nA paragraph that does not grow by a line: ');
    await frame();
    await frame();
    let nodes = 0;
    const rows = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const { addedNodes, removedNodes, target } of records) {
        nodes += addedNodes.length + removedNodes.length;
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest<HTMLElement>('[data-row]');
        if (row !== null && row !== undefined) rows.add(row.dataset['row'] ?? '');
      }
    });
    const list = document.querySelector('.thread-scroll');
    if (list !== null) observer.observe(list, { childList: true, characterData: true, subtree: true });
    const each: { readonly diffed: number; readonly nodes: number }[] = [];
    for (let times = 0; times < 12; times += 1) {
      nodes = 0;
      stage.diffed = 0;
      stage.thread.append('.');
      await frame();
      await frame();
      each.push({ diffed: stage.diffed, nodes });
    }
    // A second may have passed, of which the foot of the turn tells, or something was measured once more: not each time.
    const median = (of: 'diffed' | 'nodes'): number =>
      each.map((one) => one[of]).sort((a, b) => a - b)[each.length >> 1] ?? NaN;
    return {
      diffed: median('diffed'),
      nodes: median('nodes'),
      rows: [...rows].filter((key) => key !== 't foot'),
    };
  }, WORDS);
  t.ok(diffed > 0 && diffed <= DIFFED_MAX, `${diffed} elements compared`);
  t.ok(nodes > 0 && nodes <= NODES_MAX, `${nodes} nodes changed`);
  t.same(rows, ['t item last']);
}

async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
}

async function memory(t: Test, page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await showItems(page, 200);
  // In messages of a hundred deltas, as in a turn that goes on and on; each frame has several.
  const say = async (deltas: number): Promise<void> =>
    await page.evaluate(
      async ([deltas, words]) => {
        const { thread } = window.stage;
        for (let sent = 0; sent < deltas; sent += 1) {
          thread.append(words);
          if (sent % 100 === 99)
            thread.changeLast((state) => ({ ...state, item: { ...state.item, text: '' } }));
          if (sent % 25 === 0) await new Promise((done) => requestAnimationFrame(done));
        }
      },
      [deltas, WORDS] as const,
    );
  const deltas = isLong ? 100_000 : 1_500;
  await say(500);
  const before = await heapBytes(session);
  const nodesBefore = await page.evaluate(() => document.querySelectorAll('*').length);
  await say(deltas);
  const grown = (await heapBytes(session)) - before;
  const nodes = (await page.evaluate(() => document.querySelectorAll('*').length)) - nodesBefore;
  t.ok(grown < 3_000_000, `${Math.round(grown / 1_000)} kB more after ${deltas} deltas`);
  t.ok(nodes < 200, `${nodes} elements more`);
}

/** CPU time of the page's main thread, whoever else is on the machine. */
async function busyMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
}

async function frames(t: Test, page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await showItems(page, ITEMS);
  const spans: number[] = [];
  for (let sent = 0; sent < DELTAS; sent += 1) {
    const before = await busyMs(session);
    await page.evaluate(
      async (words) => {
        window.stage.thread.append(words);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      },
      sent % 20 === 19 ? '\n\n' : WORDS,
    );
    spans.push((await busyMs(session)) - before);
  }
  const sorted = spans.slice(10).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  const said = [0.5, 0.9, 0.99, 1].map((share) => at(share).toFixed(1)).join(', ');
  t.ok(
    at(isLong ? 0.99 : 0.5) * SLOWER < FRAME_MS_MAX,
    `half, nine tenths, 99 %, all of them within ${said} ms`,
  );
}
