import tap, { type Test } from 'tap';
import { SNAPSHOT_BYTES_MAX, SNAPSHOT_TURNS_MAX } from '../../protocol/limits.js';
import { isList, member, text, type Json } from '../codex/json.js';
import { startTurn, turnEnds } from '../conformance/scenarios/steps.js';
import { Memory, megabytes } from '../delivery/broker.js';
import { WireClient } from '../delivery/wire-client.js';
import { attach, noCodex, setStage, startBroker } from '../real/stage.js';
import { Inbox } from '../support/inbox.js';
import { grownThread, saidIn, type Size } from './grown-thread.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const MB = 1024 ** 2;

/** Turns in a page. */
const PAGE = 100;
/**
 * What the broker may need, at its peak, for one byte of a history that a stock client resumes: the line as it was
 * read, the chunks that it was put together from, the answer with the client's id, and the socket's copy of it.
 */
const PEAK_OF_ANSWER = 6;
const PEAK_BESIDES_BYTES = 100 * MB;

const sizes: readonly (Size & { readonly what: string })[] = [
  { what: 'many turns', turns: LONG ? 5_000 : 500, messageBytes: 40 },
  { what: 'large turns', turns: LONG ? 512 : 64, messageBytes: (LONG ? 100 : 80) * 1024 },
];

const list = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

/** What the agent says in each of these turns. */
const said = (turns: readonly Json[]): readonly string[] =>
  turns.map((turn) => {
    const message = list(member(turn, 'items')).find((item) => member(item, 'type') === 'agentMessage');
    return text(message, 'text');
  });

/** All older turns, oldest first: page after page from that cursor on. */
async function pagesFrom(client: WireClient, threadId: string, first: Json): Promise<readonly Json[]> {
  const pages: (readonly Json[])[] = [];
  let cursor: Json = first;
  while (cursor !== null) {
    const params = { threadId, cursor, limit: PAGE, itemsView: 'full' };
    const page = await client.call('thread/turns/list', params);
    pages.unshift(list(member(page, 'data')).toReversed());
    cursor = member(page, 'nextCursor') ?? null;
  }
  return pages.flat();
}

/** What a v1 client gets to begin with, and what its cursor leads to. */
async function joinAndPage(t: Test, client: WireClient, threadId: string): Promise<readonly string[]> {
  const snapshot = member(await client.call('broker/thread/join', { threadId }), 'snapshot');
  const newest = list(member(snapshot, 'thread', 'turns'));
  const bytes = JSON.stringify(newest).length;
  t.ok(newest.length > 0 && newest.length <= SNAPSHOT_TURNS_MAX, `${newest.length} turns in the snapshot`);
  t.ok(bytes <= SNAPSHOT_BYTES_MAX, `${bytes} bytes of them`);
  const older = await pagesFrom(client, threadId, member(snapshot, 'initialTurnsPage', 'nextCursor') ?? null);
  return [...said(older), ...said(newest)];
}

for (const { what, ...size } of sizes) {
  void tap.test(`a history of ${what} is resumed, joined and paged`, { skip: noCodex }, async (t) => {
    const stage = await setStage(t);
    const threadId = await grownThread(stage, size);
    const expected = Array.from({ length: size.turns }, (_, turn) => saidIn(turn, size));
    const { cli, url } = await startBroker(t, stage);
    const memory = new Memory(cli.pid);
    const stock = await attach(t, url, 'stock');
    const bystander = await attach(t, url, 'bystander');
    memory.begin();

    const resumed = member(await stock.call('thread/resume', { threadId }), 'thread', 'turns');
    t.ok(
      said(list(resumed)).every((words, turn) => words === expected[turn]),
      'what was said',
    );
    t.equal(list(resumed).length, size.turns, 'every turn, at once');
    const allowed = PEAK_OF_ANSWER * JSON.stringify(resumed).length + PEAK_BESIDES_BYTES;
    t.ok(memory.grownBytes() < allowed, `grown by ${megabytes(memory.grownBytes())}`);

    for (const wire of ['json', 'msgpack'] as const) {
      const heard = new Inbox<Json>(wire);
      const client = await WireClient.connect(t, url, { wire, hear: (message) => heard.push(message) });
      memory.begin();
      const paged = await joinAndPage(t, client, threadId);
      t.ok(
        paged.length === expected.length && paged.every((words, turn) => words === expected[turn]),
        `${wire}: snapshot and pages are the whole, once`,
      );
      t.ok(memory.grownBytes() < PEAK_BESIDES_BYTES, `grown by ${megabytes(memory.grownBytes())}`);
      await startTurn(stock, threadId, 'and now');
      await heard.take('the end', (message) => member(message, 'method') === 'turn/completed');
      await turnEnds([stock], threadId);
      expected.push('You said and now');
    }
    await bystander.call('thread/read', { threadId });
  });
}
