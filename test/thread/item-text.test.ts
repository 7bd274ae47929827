import fc from 'fast-check';
import t from 'tap';
import { fillIn } from '../../broker/thread/fill-in.js';
import { Fold } from '../../broker/thread/fold.js';
import { ItemText } from '../../broker/thread/item-text.js';
import { serverNotification } from '../../protocol/notifications.js';
import { itemStarted, turnStarted } from '../broker/events.js';
import { apply, applyLine } from './logged.js';

const appends = serverNotification('item/agentMessage/delta').fold as ItemText['rule'];
const collects = serverNotification('item/mcpToolCall/progress').fold as ItemText['rule'];
const replaces = serverNotification('item/fileChange/patchUpdated').fold as ItemText['rule'];

function add(text: ItemText, inside: string): void {
  const bytes = Buffer.from(`..${inside}..`);
  text.append(bytes, 2, bytes.length - 2);
}

const parsed = (text: ItemText): unknown => JSON.parse(text.json);

t.test('insides of strings, one behind the other', async (t) => {
  const text = new ItemText(appends, null);
  t.equal(parsed(text), '');
  for (const inside of ['a', '\\"', '', '\\ud83d', '\\ude00', 'é']) add(text, inside);
  t.equal(parsed(text), 'a"😀é');
  t.equal(text.bytes, 1 + 2 + 12 + 2);
});

t.test('however many and however long they are', async (t) => {
  const text = new ItemText(appends, null);
  const insides = [10, 1024, 1025, 65_536, 65_537, 3, 200_000, 1].map((length, i) =>
    String(i).repeat(length),
  );
  for (const inside of insides) add(text, inside);
  t.equal(parsed(text), insides.join(''));
});

t.test('the oldest can be let go of, and that is said', async (t) => {
  const text = new ItemText(appends, null);
  t.equal(text.shorten(), 0);
  // Each more than there is room for behind the one before it.
  const insides = ['a'.repeat(1000), 'b'.repeat(60_000), 'c'.repeat(60_000)];
  for (const inside of insides) add(text, inside);
  t.equal(text.shorten(), 1000);
  t.equal(parsed(text), `[the first 1000 bytes are no longer held]\n${insides[1]}${insides[2]}`);
  t.equal(text.shorten(), 60_000);
  t.equal(parsed(text), `[the first 61000 bytes are no longer held]\n${insides[2]}`);
  t.equal(text.bytes, 60_000);
  t.equal(text.shorten(), 60_000);
  t.equal(text.bytes, 0);
  add(text, 'e');
  t.match(parsed(text), /\ne$/);
});

t.test('what is collected is counted and let go of one by one; what replaces stands alone', async (t) => {
  const list = new ItemText(collects, null);
  for (const json of ['"a"', '"bc"']) list.put(json, collects);
  t.match(list, { values: ['"a"', '"bc"'], bytes: 7 });
  t.equal(list.shorten(), 3);
  t.match(list, { values: ['"bc"'], bytes: 4 });
  const latest = new ItemText(replaces, null);
  for (const json of ['[1,2,3]', '[4]']) latest.put(json, replaces);
  t.match(latest, { values: ['[4]'], bytes: 3 });
});

/** A string as JSON, its characters written in one of the ways there are. */
const written = fc.tuple(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom<(text: string) => string>(
    (text) => JSON.stringify(text),
    (text) => `"${text.split('').map(escaped).join('')}"`,
    (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  ),
);

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const METHODS = [
  ['item/agentMessage/delta', null],
  ['item/reasoning/textDelta', 'contentIndex'],
  ['item/reasoning/summaryTextDelta', 'summaryIndex'],
] as const;

const event = fc.record({
  item: fc.nat(3),
  kind: fc.nat(METHODS.length - 1),
  part: fc.nat(2),
  text: written,
  emittedAtMs: fc.option(fc.nat()),
  odd: fc.boolean(),
});

t.test('the fold of any deltas is what parsing them adds up to', async (t) => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const fold = new Fold();
      apply(fold, turnStarted());
      for (let item = 0; item < 4; item += 1) apply(fold, itemStarted('t1', `item ${item}`));
      const expected = new Map<string, string>();
      for (const { item, kind, part, text, emittedAtMs, odd } of events) {
        const [method = '', index = null] = METHODS[kind] ?? [];
        const json = text[1](text[0]);
        const which = index === null ? '' : `,"${index}":${part}`;
        const ids = `"threadId":"t1","turnId":"turn","itemId":"item ${item}"`;
        const params = odd ? `{"delta":${json},${ids}${which}}` : `{${ids},"delta":${json}${which}}`;
        const tail = emittedAtMs === null ? '' : `,"emittedAtMs":${emittedAtMs}`;
        applyLine(fold, Buffer.from(`{"method":"${method}","params":${params}${tail}}`));
        const key = `${item} ${method} ${index === null ? '' : part}`;
        expected.set(key, (expected.get(key) ?? '') + (JSON.parse(json) as string));
      }
      t.same(textsOf(fold), expected);
    }),
    { numRuns: 300 },
  );
});

/** What a fill-in would tell, by item, method and part. */
function textsOf(fold: Fold): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { method, line } of fillIn(fold)) {
    const { params } = JSON.parse(line.toString('utf8')) as { params: Record<string, string | number> };
    const part = params['contentIndex'] ?? params['summaryIndex'] ?? '';
    if (method !== 'item/started')
      texts.set(`${String(params['itemId']).slice(5)} ${method} ${String(part)}`, String(params['delta']));
  }
  return texts;
}
