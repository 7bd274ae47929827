/**
 * What creating an attachment and listing a page of them cost the broker in a graph as large as it may be, besides the
 * disk and the runtime: the request read and checked, the graph, the audit entry, the answer written. Next to writing
 * and reading the JSON of such a page.
 *
 *   npm run bench, or after a build: npx tsx bench/attachments.ts
 */
import { pino } from 'pino';
import { Attachments } from '../broker/attachments/attachments.js';
import type { Store } from '../broker/attachments/store.js';
import { systemClock } from '../broker/clock.js';
import { attachmentCreateParams, attachmentsListParams } from '../protocol/attachments.js';
import type { AttachmentsListParams } from '../protocol/attachments.js';
import { ATTACHMENTS_MAX, ATTACHMENTS_PAGE, DETACHED_MAX } from '../protocol/limits.js';
import { edge } from '../test/attachments/edge.js';
import { median, report } from './measure.js';

const ROUNDS = 15;
/** Edges that are created, and then deleted, in one round. */
const CREATED = 100;
const LISTED = 20;
const EDGES = ATTACHMENTS_MAX - CREATED;
/** Children of each parent in the bushy tree. */
const BRANCHES = 8;
/** What each may take, in ms. */
const CREATE_MS_MAX = 2;
const LIST_MS_MAX = 1;

const by = { connectionId: 'bench', clientName: 'bench' };
const threadIds = Array.from({ length: EDGES + 1 }, () => crypto.randomUUID());
const threadId = (index: number): string => threadIds[index] ?? '';

/** Keeps nothing. As many detached edges as there may be stand behind those that are live. */
function noStore(parentOf: (child: number) => number): Store {
  let number = EDGES + DETACHED_MAX;
  const attachments = Array.from({ length: number }, (_, i) => ({
    ...(i < EDGES
      ? edge(i + 1, threadId(parentOf(i + 1)), threadId(i + 1))
      : edge(i + 1, threadId(0), crypto.randomUUID(), 'detached')),
    attachmentId: crypto.randomUUID(),
    roleLabel: 'reviewer',
  }));
  return {
    attachments,
    sent: [],
    submissions: [],
    devices: [],
    newNumber: () => (number += 1),
    commit: async () => {},
    audit: () => ({ entries: [], more: false }),
    close: async () => {},
  };
}

/** All threads are there, and nobody listens. */
function attachmentsIn(store: Store): Attachments {
  const attachments = new Attachments({
    ask: async () => ({ thread: { path: '/sessions/thread.jsonl', name: 'a thread', preview: '' } }),
    clock: systemClock,
    log: pino({ level: 'silent' }),
    home: () => '/codex',
    notify: () => {},
  });
  attachments.open(store);
  return attachments;
}

/** Ms of CPU for each of so many. */
async function cpuMs(count: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i += 1) await run(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / count;
}

/** From the bytes of the request to those of the answer. */
async function create(attachments: Attachments, request: string): Promise<string> {
  const params = attachmentCreateParams.parse(JSON.parse(request));
  const { attachment } = await attachments.create(params, by);
  JSON.stringify({ attachment });
  return attachment.attachmentId;
}

const newChild = (parentThreadId: string): string =>
  JSON.stringify({ parentThreadId, childThreadId: crypto.randomUUID(), roleLabel: 'reviewer' });

async function list(attachments: Attachments, request: string): Promise<string> {
  return JSON.stringify(await attachments.list(attachmentsListParams.parse(JSON.parse(request))));
}

const shapes: Record<string, (child: number) => number> = {
  [`a chain ${EDGES} deep`]: (child) => child - 1,
  [`a tree with ${BRANCHES} children each`]: (child) => Math.floor((child - 1) / BRANCHES),
  'one parent of all': () => 0,
};

interface Figure {
  readonly name: string;
  readonly msMax: number;
  readonly measure: () => Promise<number>;
}

/** Measured one after the other, round by round. */
async function figuresOf(shape: string, parentOf: (child: number) => number): Promise<Figure[]> {
  const attachments = attachmentsIn(noStore(parentOf));
  const deepest = threadId(EDGES);
  const { nextCursor: cursor } = await attachments.list({ limit: EDGES - ATTACHMENTS_PAGE });
  const cycle = JSON.stringify({ parentThreadId: deepest, childThreadId: threadId(0) });
  const created: string[] = [];
  const listed = (params: AttachmentsListParams) => (): Promise<number> =>
    cpuMs(LISTED, () => list(attachments, JSON.stringify({ limit: ATTACHMENTS_PAGE, ...params })));
  return [
    {
      name: 'create below the deepest',
      msMax: CREATE_MS_MAX,
      measure: () => cpuMs(CREATED, async () => created.push(await create(attachments, newChild(deepest)))),
    },
    {
      name: 'delete',
      msMax: CREATE_MS_MAX,
      measure: () => cpuMs(CREATED, () => attachments.delete(created.pop() ?? '', by)),
    },
    {
      name: 'create, refused as a cycle',
      msMax: CREATE_MS_MAX,
      measure: () => cpuMs(CREATED, () => create(attachments, cycle).catch(() => null)),
    },
    { name: 'list, first page', msMax: LIST_MS_MAX, measure: listed({}) },
    { name: 'list, last page', msMax: LIST_MS_MAX, measure: listed({ cursor }) },
    { name: 'list, none found in any state', msMax: LIST_MS_MAX, measure: listed({ states: ['archived'] }) },
    { name: 'list, by parent', msMax: LIST_MS_MAX, measure: listed({ parentThreadId: threadId(0) }) },
  ].map((figure) => ({ ...figure, name: `${shape}: ${figure.name}` }));
}

const page = await attachmentsIn(noStore(() => 0)).list({ limit: ATTACHMENTS_PAGE });
const yardstick = (): Promise<number> => cpuMs(CREATED, async () => JSON.parse(JSON.stringify(page)));

const figures: Figure[] = [];
for (const [shape, parentOf] of Object.entries(shapes)) figures.push(...(await figuresOf(shape, parentOf)));
const taken = new Map<Figure, number[]>(figures.map((figure) => [figure, []]));
const pages: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  pages.push(await yardstick());
  for (const [figure, each] of taken) each.push(await figure.measure());
}
const unit = median(pages);
report(
  `CPU with ${EDGES} attachments and ${DETACHED_MAX} detached ones, besides the disk and the runtime, median of ${ROUNDS}`,
);
report(`  JSON of ${page.data.length} attachments, written and read: ${unit.toFixed(3)} ms`);
for (const [{ name, msMax }, each] of taken) {
  const ms = median(each);
  const verdict = `${(ms / unit).toFixed(2)}×  allowed: ${msMax} ms${ms > msMax ? ', MISSED' : ''}`;
  report(`  ${name.padEnd(62)} ${ms.toFixed(3)} ms  ${verdict}`);
}
