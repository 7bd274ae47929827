import assert from 'node:assert/strict';
import tap, { type Test } from 'tap';
import { isList, member, text, type Json, type JsonObject } from '../codex/json.js';
import { typed } from '../conformance/scenarios/steps.js';
import { positionIn, WireClient, type Position } from '../delivery/wire-client.js';
import type { Wire } from '../../protocol/wires.js';
import { Inbox } from '../support/inbox.js';
import { noCodex, setStage, startBroker } from './stage.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** Codex says about 50 a second. */
const PART = LONG ? 300 : 30;
const WORDS = 3 * PART;

/** The message that is being said, as one client puts it together. */
class Reader {
  readonly name: string;
  readonly wire: Wire;
  /** The text after each event that was about it. */
  readonly texts: Inbox<string>;
  /** The whole text, once it is complete. */
  readonly whole: Inbox<string>;
  /** Starts of it that this client was told of. */
  starts = 0;
  /** Where the client is in the thread's log, on a v1 wire. */
  position: Position | null = null;
  /** Numbers that did not follow the last one. */
  readonly holes: number[] = [];
  #text = '';

  constructor(name: string, wire: Wire) {
    this.name = name;
    this.wire = wire;
    this.texts = new Inbox(`the text of ${name}`);
    this.whole = new Inbox(`the message of ${name}`);
  }

  async connect(t: Test, url: string): Promise<WireClient> {
    const { name, wire } = this;
    return await WireClient.connect(t, url, { name, wire, hear: (message) => this.#hear(message) });
  }

  /** Says where it is; a snapshot, where there is one, is what it has. */
  joined(result: Json): void {
    if (member(result, 'recovered') !== true) this.position = positionIn(result);
    const turns = member(result, 'snapshot', 'thread', 'turns');
    const items = member(isList(turns) ? turns.at(-1) : undefined, 'items');
    const item = (isList(items) ? items : []).find((each) => member(each, 'type') === 'agentMessage');
    if (item !== undefined) this.#say(text(item, 'text'));
  }

  /** Once it has come to that word. */
  async reads(word: string): Promise<void> {
    await this.texts.take(word, (each) => each.endsWith(word));
  }

  #hear({ method, params, log, seq }: JsonObject): void {
    if (this.position !== null && typeof seq === 'number' && log !== 'lobby') {
      if (seq !== this.position.seq + 1) this.holes.push(seq);
      this.position = { ...this.position, seq };
    }
    if (method === 'item/agentMessage/delta') this.#say(this.#text + text(params, 'delta'));
    else if (member(params, 'item', 'type') !== 'agentMessage') return;
    else if (method === 'item/started') {
      this.#text = '';
      this.starts += 1;
    } else if (method === 'item/completed') this.whole.push(text(params, 'item', 'text'));
  }

  #say(words: string): void {
    this.#text = words;
    this.texts.push(words);
  }
}

/** It has had the same texts as one that was there all along had from then on, while the message is in progress. */
function follows(t: Test, { name, texts, holes, whole }: Reader, all: readonly string[]): void {
  t.strictSame(texts.all, all.slice(-texts.all.length), `${name}: the same text at the same points`);
  t.ok(texts.all.length > PART, 'and live');
  t.strictSame(holes, [], 'each number follows the last one');
  t.strictSame(whole.all, [], 'while the message is not complete');
}

const words = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `w${from + at} `);

void tap.test(
  'whoever comes in the middle of a message has the text so far',
  { skip: noCodex },
  async (t) => {
    const stage = await setStage(t);
    const { url } = await startBroker(t, stage);
    const always = new Reader('always there', 'stock');
    const stock = new Reader('a stock client that resumes', 'stock');
    const resuming = new Reader('a v1 client that resumes', 'json');
    const joining = new Reader('a v1 client that joins', 'msgpack');
    const returning = new Reader('one that was cut', 'json');
    const readers = [always, stock, resuming, joining, returning];

    const a = await always.connect(t, url);
    const threadId = text(await a.call('thread/start', { cwd: stage.home.work }), 'thread', 'id');
    const before = await returning.connect(t, url);
    await before.call('broker/thread/join', { threadId }, (result) => returning.joined(result));
    const [b, c, d] = await Promise.all([stock, resuming, joining].map((each) => each.connect(t, url)));

    const held = stage.model.hold('count');
    await a.call('turn/start', { threadId, input: typed('count') });
    const model = await held;
    model.say(...words(1, PART));
    await always.reads('w11 ');
    await returning.reads('w11 ');
    before.cut();
    const since = returning.position;
    assert(since);
    model.say(...words(PART + 1, 2 * PART));
    await Promise.all([
      b?.call('thread/resume', { threadId, excludeTurns: true }),
      c?.call('thread/resume', { threadId, excludeTurns: true }, (result) => {
        resuming.position = positionIn(member(result, 'threadcast'));
      }),
      d?.call('broker/thread/join', { threadId }, (result) => joining.joined(result)),
    ]);
    await always.reads(`w${2 * PART} `);
    const after = await returning.connect(t, url);
    const params = { threadId, since: { ...since } };
    const result = await after.call('broker/thread/join', params, (answer) => returning.joined(answer));
    t.match(result, { epoch: since.epoch, recovered: true, snapshot: null, pendingRequests: [] });
    t.ok(positionIn(result).seq > since.seq, 'it had missed something');

    model.say(...words(2 * PART + 1, WORDS));
    for (const reader of readers) await reader.reads(`w${WORDS} `);
    const all = always.texts.all;
    t.equal(all.at(-1), words(1, WORDS).join(''), 'all that was said');
    for (const reader of readers) follows(t, reader, all);
    for (const { name, texts } of [stock, resuming, joining])
      t.ok(texts.all.length < all.length, `${name} came later`);
    t.strictSame(returning.texts.all, all, 'the one that was cut has had each delta once');
    t.strictSame(
      readers.map(({ starts }) => starts),
      [1, 1, 1, 0, 1],
    );

    model.finish();
    for (const reader of readers)
      t.equal(await reader.whole.take('its end', () => true), all.at(-1), `${reader.name}: the whole text`);
  },
);
