import { isDeepStrictEqual } from 'node:util';
import type { ThreadState as Shown } from '../../../client/index.js';
import { deltaOf } from '../../sim/thread-state.js';
import { LOBBY } from '../../sim/history.js';
import type { History } from '../../sim/history.js';
import { list, object, text, without } from '../../sim/message.js';
import type { Json, Message } from '../../sim/message.js';
import type { Runtime } from '../../sim/runtime.js';

/** A turn as all that was ever said of it adds up to it. */
interface Truth {
  readonly id: string;
  status: string;
  readonly items: Map<string, TrueItem>;
}
interface TrueItem {
  done: boolean;
  item: Record<string, unknown>;
  output: string;
  progress: string[];
}

/** All messages of a thread, from the first to the last, over what was on disk when its runtime began to speak. */
function rebuilt(history: History, threadId: string): Truth[] {
  const log = history.log(threadId);
  const { from, turns } = history.bases.get(threadId)?.at(-1) ?? { from: 0, turns: [] };
  const truth = new Map(turns.map((turn) => [text(turn, 'id'), stored(turn)] as const));
  for (const { message } of log.slice(from)) retell(truth, message);
  return [...truth.values()];
}

function stored(turn: Json): Truth {
  const items = list(turn, 'items').map((item) => [text(item, 'id'), done(item)] as const);
  return { id: text(turn, 'id'), status: text(turn, 'status'), items: new Map(items) };
}

const done = (item: Json): TrueItem => ({ done: true, item, output: '', progress: [] });

function retell(truth: Map<string, Truth>, message: Message): void {
  const { method, params = {} } = message;
  const [told, item] = [object(params, 'turn'), object(params, 'item')];
  const turn = truth.get(text(params, 'turnId') || text(told, 'id'));
  if (method === 'turn/started') truth.set(text(told, 'id'), { ...stored(told), status: 'inProgress' });
  if (turn === undefined) return;
  if (method === 'turn/completed') turn.status = text(told, 'status');
  if (method === 'item/started')
    turn.items.set(text(item, 'id'), { done: false, item, output: '', progress: [] });
  if (method === 'item/completed') turn.items.set(text(item, 'id'), done(item));
  grow(turn.items.get(text(params, 'itemId')), message);
}

function grow(item: TrueItem | undefined, message: Message): void {
  const delta = deltaOf(message);
  if (delta === null || item === undefined || item.done) return;
  const [name = '', index] = delta.part.split('/');
  if (name === '(output)') item.output += delta.value;
  else if (name === '(progress)') item.progress.push(delta.value);
  else if (name === 'changes') item.item = { ...item.item, changes: JSON.parse(delta.value) as unknown };
  else if (index === undefined) item.item = { ...item.item, [name]: text(item.item, name) + delta.value };
  else {
    const known: unknown = item.item[name];
    const parts = Array.isArray(known) ? [...(known as string[])] : [];
    while (parts.length <= Number(index)) parts.push('');
    parts[Number(index)] += delta.value;
    item.item = { ...item.item, [name]: parts };
  }
}

/** What is looked at. */
export interface Look {
  readonly history: History;
  readonly runtime: Runtime;
  /** With all its past: the older turns are loaded. */
  readonly all: boolean;
  /** Nothing had to be forgotten by the broker: what no runtime lists is known to it. */
  readonly mustKnow: boolean;
}

/** The items that have begun, and of which it was never said that they are done. */
function unfinished(history: History, threadId: string): ReadonlySet<string> {
  const undone = new Set<string>();
  for (const { message } of history.log(threadId)) {
    const id = text(object(message.params, 'item'), 'id');
    if (message.method === 'item/started') undone.add(id);
    if (message.method === 'item/completed') undone.delete(id);
  }
  return undone;
}

type Turn = Shown['turns'][number];

/** What is wrong with what somebody holds of a thread; null: it is exactly what was said. */
export function disagreement(shown: Shown, look: Look): string | null {
  const truth = rebuilt(look.history, shown.threadId);
  const oldest = truth.findIndex(({ id }) => id === shown.turns[0]?.id);
  const due = look.all || oldest === -1 ? truth : truth.slice(oldest);
  const [has, must] = [shown.turns.map(({ id }) => id).join(' '), due.map(({ id }) => id).join(' ')];
  if (has !== must) return `it has the turns ${has}, not ${must}`;
  if (shown.older === 'none' && due.length < truth.length) return 'it says that there are no older turns';
  for (const [at, turn] of due.entries()) {
    const mine = shown.turns[at];
    const wrong =
      mine === undefined
        ? 'it is missing'
        : (wrongInTurn(mine, turn, unfinished(look.history, shown.threadId)) ??
          wrongBesides(mine, shown, look));
    if (wrong !== null) return `turn ${turn.id}: ${wrong}`;
  }
  return wrongRequests(shown, look) ?? wrongThread(shown, look);
}

function wrongInTurn(shown: Turn, due: Truth, undone: ReadonlySet<string>): string | null {
  if (shown.status !== due.status) return `it is ${shown.status}, not ${due.status}`;
  const runs = due.status === 'inProgress';
  const late = shown.items.find(({ inProgress }) => inProgress && !runs);
  if (late !== undefined) return `it is over, and its item ${late.id} is in progress`;
  // What was not done when its turn ended, the runtime forgets, and only those hold who were there.
  const isHeld = (id: string): boolean => runs || !undone.has(id);
  const has = shown.items.filter(({ id }) => isHeld(id));
  const hasIds = has.map(({ id }) => id).toSorted();
  const mustIds = [...due.items.keys()].filter(isHeld).toSorted();
  if (!isDeepStrictEqual(hasIds, mustIds))
    return `it has the items ${hasIds.join(' ')}, not ${mustIds.join(' ')}`;
  for (const item of has) {
    const truth = due.items.get(item.id);
    const wrong = truth === undefined ? 'nobody knows it' : wrongInItem(item, truth);
    if (wrong !== null) return `item ${item.id}: ${wrong}`;
  }
  return null;
}

function wrongInItem(
  { item, inProgress, output, progress }: Turn['items'][number],
  due: TrueItem,
): string | null {
  const plain = without(item as unknown as Json, 'threadcast');
  if (!isDeepStrictEqual(plain, due.item))
    return `it is ${JSON.stringify(plain)}, not ${JSON.stringify(due.item)}`;
  if (inProgress === due.done) return `it is ${inProgress ? '' : 'not '}in progress`;
  if (!inProgress) return null;
  const [has, must] = [[output, ...progress].join('|'), [due.output, ...due.progress].join('|')];
  return has === must ? null : `it has put out ${has}, not ${must}`;
}

/** Where each of what nobody can list comes from. */
const besides = [
  ['turn/plan/updated', 'plan', ({ plan }: Turn): unknown => plan?.steps],
  ['turn/diff/updated', 'diff', ({ diff }: Turn): unknown => diff ?? undefined],
  ['broker/turn/origin', 'clientName', ({ origin }: Turn): unknown => origin?.clientName],
] as const;

/** The latest of it must be there where it can be known; of turns that are over, what was told at some time. */
function wrongBesides(turn: Turn, { threadId, turns }: Shown, { history, mustKnow }: Look): string | null {
  for (const [method, member, read] of besides) {
    const told = history
      .log(threadId)
      .filter(({ message }) => message.method === method && message.params?.['turnId'] === turn.id)
      .map(({ message }) => message.params?.[member]);
    const has = read(turn);
    const isExact = mustKnow && turn === turns.at(-1);
    const may = isExact ? [told.at(-1)] : [undefined, ...told];
    if (!may.some((each) => isDeepStrictEqual(each, has)))
      return `its ${member} is ${JSON.stringify(has)}, not ${JSON.stringify(told.at(-1))}`;
  }
  return null;
}

function wrongRequests({ threadId, requests }: Shown, { history }: Look): string | null {
  const open = new Set(
    requests.filter(({ status }) => status !== 'resolved').map(({ params }) => params['startedAtMs']),
  );
  for (const asked of history.asked.values()) {
    if (asked.threadId !== threadId || asked.single) continue;
    const isOver = asked.resolvedAt !== null || asked.life !== history.life;
    const isOpen = !isOver && asked.answeredAt === null;
    const isShown = open.has(asked.openedAt);
    if ((isOpen && !isShown) || (isOver && isShown))
      return `${JSON.stringify(asked.message)} is ${isOpen ? 'open' : 'over'}; it shows ${JSON.stringify(requests)}`;
  }
  return null;
}

function wrongThread(
  { threadId, thread, tokenUsage }: Shown,
  { history, runtime, mustKnow }: Look,
): string | null {
  const own = runtime.threads.get(threadId);
  if (thread?.name !== own?.name) return `its name is ${thread?.name}, not ${own?.name}`;
  const lastOf = (log: string, method: string): Json =>
    history
      .log(log)
      .findLast(({ message }) => message.method === method && message.params?.['threadId'] === threadId)
      ?.message.params ?? {};
  const status = text(object(lastOf(LOBBY, 'thread/status/changed'), 'status'), 'type');
  if (status !== '' && thread?.status.type !== status) return `it is ${thread?.status.type}, not ${status}`;
  const usage = lastOf(threadId, 'thread/tokenUsage/updated')['tokenUsage'];
  const mayLack = !mustKnow && tokenUsage === null;
  return mayLack || isDeepStrictEqual(tokenUsage ?? undefined, usage)
    ? null
    : `it has used ${JSON.stringify(tokenUsage)}, not ${JSON.stringify(usage)}`;
}
