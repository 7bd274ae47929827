import tap from 'tap';
import type { Json } from '../codex/json.js';
import { compare } from './compare.js';
import { lastStatusUntold, threadsApart, type Freedom } from './lanes.js';
import { normalise, type Normalised } from './normalise.js';
import type { Entry } from './transcript.js';

const THREAD = '01a1fa40-0000-7000-8000-000000000001';
const CHILD = '01a1fa40-0000-7000-8000-000000000002';

const received = (body: Json): Entry => ({ direction: 'received', body });
const sent = (body: Json): Entry => ({ direction: 'sent', body });
const about = (method: string, threadId: string): Entry => received({ method, params: { threadId } });
const saw = (...entries: Entry[]): Normalised => normalise({ a: entries }, '/root');
const differences = (freedoms: readonly Freedom[], one: Normalised, two: Normalised): number =>
  compare({ name: 'any', freedoms }, one, two).length;
const ask = (id: number, method: string): Entry => sent({ id, method, params: { threadId: THREAD } });
const answer = (id: number): Entry => received({ id, result: {} });
const status = (type: string): Entry =>
  received({ method: 'thread/status/changed', params: { threadId: THREAD, status: { type } } });

const parent = about('item/completed', THREAD);
const child = about('item/started', CHILD);
const limits = received({ method: 'account/rateLimits/updated', params: { rateLimits: {} } });

void tap.test('what a client sends may fall anywhere between what it receives', async (t) => {
  const one = ask(1, 'thread/read');
  t.equal(differences([], saw(one, parent), saw(parent, one)), 0);
});

void tap.test('what a client sends keeps its own order', async (t) => {
  const [one, two] = [ask(1, 'thread/read'), ask(2, 'turn/start')];
  t.not(differences([], saw(one, two), saw(two, one)), 0);
});

void tap.test('nothing moves across the opening or the end of a connection', async (t) => {
  const opened: Entry = { direction: 'wire', body: { wire: 'opened' } };
  const closed: Entry = { direction: 'wire', body: { wire: 'closed 1000' } };
  const before = saw(opened, parent, closed, opened, child);
  t.equal(differences([], before, before), 0);
  t.not(differences([], before, saw(opened, closed, opened, parent, child)), 0);
});

void tap.test(
  'the answer to turn/start may fall among the first messages of the turn, and no other may',
  async (t) => {
    const start = ask(1, 'turn/start');
    t.equal(differences([], saw(start, answer(1), parent), saw(start, parent, answer(1))), 0);
    const read = ask(1, 'thread/read');
    t.not(differences([], saw(read, answer(1), parent), saw(read, parent, answer(1))), 0);
  },
);

void tap.test('two answers to turn/start keep their order', async (t) => {
  const [one, two] = [ask(1, 'turn/start'), ask(2, 'turn/start')];
  t.not(differences([], saw(one, two, answer(1), answer(2)), saw(one, two, answer(2), answer(1))), 0);
});

void tap.test('parent and child run freely in the sub-agent scenario, and only there', async (t) => {
  t.equal(differences(threadsApart, saw(parent, limits, child), saw(child, parent, limits)), 0);
  t.not(differences([], saw(parent, child), saw(child, parent)), 0);
});

void tap.test('messages of one thread keep their order in the sub-agent scenario too', async (t) => {
  const next = about('turn/completed', CHILD);
  t.not(differences(threadsApart, saw(child, parent, next), saw(next, parent, child)), 0);
});

void tap.test('a free order hides neither a message that is missing nor one too many', async (t) => {
  const all = saw(parent, child, limits, parent);
  t.equal(differences(threadsApart, all, saw(limits, parent, child)), 1);
  t.equal(differences(threadsApart, all, saw(limits, parent, limits, child, parent)), 1);
});

void tap.test('the last status of an archived thread may come or not, no other may be missing', async (t) => {
  t.equal(differences([lastStatusUntold], saw(status('notLoaded')), saw()), 0);
  t.equal(differences([lastStatusUntold], saw(status('idle')), saw()), 1);
  t.equal(differences([], saw(status('notLoaded')), saw()), 1);
});

void tap.test(
  'the usage of a turn that is interrupted may be told or not, with its rate limits',
  async (t) => {
    const turn = '01a1fa40-0000-7000-8000-000000000003';
    const usage = received({
      method: 'thread/tokenUsage/updated',
      params: { threadId: THREAD, turnId: turn },
    });
    const ends = (state: string): Entry =>
      received({ method: 'turn/completed', params: { threadId: THREAD, turn: { id: turn, status: state } } });
    const [interrupted, completed] = [ends('interrupted'), ends('completed')];

    t.equal(differences([], saw(parent, usage, limits, interrupted), saw(parent, interrupted)), 0);
    t.equal(differences([], saw(parent, usage, limits, completed), saw(parent, completed)), 2);
    t.equal(
      differences([], saw(limits, usage, limits, interrupted), saw(interrupted)),
      1,
      'other rate limits',
    );
    t.equal(differences([], saw(interrupted, usage), saw(interrupted)), 1, 'usage that is told later');
  },
);
