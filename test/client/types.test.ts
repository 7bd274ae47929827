import t from 'tap';
import type { Client, Item, ThreadState } from '../../client/index.js';
import { CallError, isItem, isWaiting } from '../../client/index.js';
import { byHand, quiet, snapshot, turnOf, watching } from './hand.js';

/** What the compiler must refuse, or accept: never run. */
export async function compiled(client: Client, state: ThreadState): Promise<void> {
  const page = await client.call('thread/list', { limit: 5 });
  page.data[0]?.cwd.trim();
  // @ts-expect-error -- a limit is a number
  await client.call('thread/list', { limit: 'five' });
  const other = await client.call('some/other', { anything: true });
  // @ts-expect-error -- nobody knows what it is
  await client.call('some/other', other);
  client.on('broker/attachment/changed', ({ attachment }) => attachment.state);
  // @ts-expect-error -- there is no such member
  client.on('broker/attachment/changed', ({ nothing }) => nothing);
  // @ts-expect-error -- what was given is immutable
  state.turns = [];
  // @ts-expect-error -- and what is in it
  state.turns.push(state.turns[0]);
  // @ts-expect-error -- what is said is text or inputs
  await client.watch('t').submit({ type: 'text', text: 'x' });
}

t.test('items are told apart by their types, also where those are not known', async (t) => {
  const items: readonly Item[] = [
    { id: 'a', type: 'agentMessage', text: 'hi' },
    { id: 'b', type: 'hologram' },
  ];
  t.same(
    items.map((item) => (isItem(item, 'agentMessage') ? item.text : item.type)),
    ['hi', 'hologram'],
  );
});

t.test('a thread in which somebody is waited for says so by its status', async (t) => {
  t.equal(isWaiting({ status: { type: 'active', activeFlags: ['waitingOnApproval'] } }), true);
  t.equal(isWaiting({ status: { type: 'active', activeFlags: [] } }), false);
  t.equal(isWaiting({ status: { type: 'idle' } }), false);
});

t.test('errors are classes that can be told apart', async (t) => {
  const { client, socket } = watching(t);
  const call = client.call('some', {});
  socket.refuses('some', 'forbidden');
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  t.ok(error instanceof CallError && error instanceof Error);
});

t.test('what was given stays as it was, whatever comes', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  const thread = client.watch('t1');
  socket.answers('broker/thread/join', snapshot(1, [turnOf('a')]));
  const { state } = thread;
  const copy = structuredClone(state);
  socket.says({
    log: 't1',
    seq: 2,
    method: 'turn/started',
    params: { threadId: 't1', turn: turnOf('b', 'inProgress') },
  });
  await quiet();
  t.same(state, copy);
  t.not(thread.state, state);
});
