import t from 'tap';
import { brokerNotifications } from '../../protocol/notifications.js';
import { InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';
import { pair } from './attached.js';
import { turnCompleted, turnStarted } from './events.js';
import { answerTurns, V1 } from './joining.js';

const ORIGIN = brokerNotifications.turnOrigin;

/** What a client was told of who has started turns. */
const told = (client: MemoryClient): Message[] => client.received.filter(({ method }) => method === ORIGIN);

/** A request that starts a turn, and the runtime's answer to it. */
async function start(memory: InMemory, client: MemoryClient, turnId: string, method = 'turn/start') {
  client.request(method, { threadId: 't1', input: [], target: {}, clientUserMessageId: `m-${turnId}` });
  await settled();
  memory.runtime.answer(method === 'review/start' ? method : 'turn/start', {
    turn: { id: turnId, items: [] },
  });
  await settled();
}

t.test('who starts a turn is told to all v1 subscribers, as an entry of the thread', async (t) => {
  const memory = await InMemory.start();
  const tui = await memory.subscriber('t1');
  const page = await memory.subscriber('t1', V1, 'json');
  const phone = await memory.subscriber('t1', V1, 'msgpack');
  const deaf = await memory.subscriber('t1', { optOutNotificationMethods: [ORIGIN] }, 'json');
  await start(memory, tui, 'turn-1');
  const [origin] = told(page);
  t.match(origin, { log: 't1', seq: 1, params: { threadId: 't1', turnId: 'turn-1', clientName: 'test' } });
  t.match(origin?.params?.['connectionId'], /^c1-/);
  t.same(told(phone), [origin]);
  t.same(told(tui), [], 'not on the stock wire');
  t.same(deaf.received.at(-1), { log: 't1', seq: 1 });
  memory.runtime.say(turnStarted('t1', 'turn-1'));
  await settled();
  t.equal(page.received.at(-1)?.['seq'], 2, 'it may come before the turn begins');

  memory.runtime.say(turnCompleted('t1', 'turn-1'));
  await start(memory, page, 'turn-2', 'review/start');
  t.match(told(page)[1]?.params, { turnId: 'turn-2', connectionId: /^c2-/ });
  await start(memory, phone, 'turn-3', 'broker/turn/submit');
  t.match(told(page)[2]?.params, { turnId: 'turn-3', connectionId: /^c3-/ });
  t.equal(told(page).length, 3);
});

t.test('it is told once a turn, and not of who joins one', async (t) => {
  const memory = await InMemory.start();
  const [one, other] = [await memory.subscriber('t1', V1, 'json'), await memory.subscriber('t1', V1, 'json')];
  // Both are on their way before anything runs.
  one.request('turn/start', { threadId: 't1', input: [] });
  await settled();
  const first = memory.runtime.last('turn/start').id;
  other.request('turn/start', { threadId: 't1', input: [] });
  await settled();
  const second = memory.runtime.last('turn/start').id;
  const result = { turn: { id: 'turn-1', items: [] } };
  memory.runtime.say(turnStarted('t1', 'turn-1'), { id: first, result }, { id: second, result });
  await settled();
  t.match(told(other), [{ params: { turnId: 'turn-1', connectionId: /^c1-/ } }]);
  t.equal(told(other).length, 1);
  await start(memory, other, 'turn-1');
  t.equal(told(other).length, 1, 'it runs');

  // A turn of the runtime's own, of which nothing was told.
  memory.runtime.say(turnCompleted('t1', 'turn-1'), turnStarted('t1', 'turn-2'));
  await start(memory, other, 'turn-2');
  await start(memory, other, 'turn-2', 'broker/turn/submit');
  t.equal(told(other).length, 1);
  const id = other.request('turn/start', { threadId: 't1', input: [] });
  await settled();
  memory.runtime.say({ id: memory.runtime.last('turn/start').id, error: { code: -1, message: 'no' } });
  await settled();
  t.ok(other.answerTo(id)?.error);
  t.equal(told(other).length, 1, 'what is refused has started nothing');
});

t.test('of a turn that may have begun unseen nothing is said', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client(V1, 'json');
  client.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1', status: { type: 'active' } } });
  await settled();
  await start(memory, client, 'turn-1');
  t.same(told(client), []);
});

t.test('a review on a thread of its own is told there', async (t) => {
  const memory = await InMemory.start();
  const asker = await memory.subscriber('t1', V1, 'json');
  const watcher = await memory.subscriber('t2', V1, 'json');
  asker.request('review/start', { threadId: 't1', delivery: 'detached' });
  await settled();
  memory.runtime.answer('review/start', { turn: { id: 'r' }, reviewThreadId: 't2' });
  await settled();
  t.match(told(watcher), [{ log: 't2', params: { threadId: 't2', turnId: 'r' } }]);
  t.same(told(asker), []);
});

t.test('whoever joins without having seen it finds it in the snapshot', async (t) => {
  const memory = await InMemory.start();
  const starter = await memory.subscriber('t1', V1, 'json');
  await start(memory, starter, 'turn-1');
  memory.runtime.say(turnStarted('t1', 'turn-1'));
  const late = await memory.client(V1, 'json');
  const id = late.request('broker/thread/join', { threadId: 't1' });
  await settled();
  await answerTurns(memory);
  const { snapshot } = late.answerTo(id)?.result as { snapshot: { threadcast: { latest: Message[] } } };
  t.same(snapshot.threadcast.latest, [{ method: ORIGIN, params: told(starter)[0]?.params }]);
  t.same(told(late), [], 'and is not told again');
});

t.test('of a turn that a message has started it is who has sent the message', async (t) => {
  const { stage, attachmentId } = await pair({ deliverReplies: true });
  const child = await stage.broker.subscriber('child', V1, 'json');
  const parent = await stage.broker.subscriber('parent', V1, 'json');
  const { turnId } = await stage.send(attachmentId, 'parent', 'please look');
  t.match(told(child), [
    { params: { threadId: 'child', turnId, clientName: 'test', connectionId: /^c\d+-/ } },
  ]);
  stage.saysIn('child', turnId, 'it is fine');
  stage.ends('child', turnId);
  await stage.settled();
  t.match(told(parent), [
    { params: { threadId: 'parent', turnId: 'turn-2', connectionId: null, clientName: 'threadcast' } },
  ]);
});
