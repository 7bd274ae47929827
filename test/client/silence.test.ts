import t from 'tap';
import { watching } from './hand.js';

const status = (of: { client: { connection: { state: { status: string } } } }): string =>
  of.client.connection.state.status;

t.test('a network that is gone without a word is noticed', async (t) => {
  const hand = watching(t);
  while (hand.clock.tick(24_000));
  t.equal(hand.socket.count('broker/clients/list'), 0);
  while (hand.clock.tick(25_000));
  t.same(hand.socket.asked('broker/clients/list').params, { limit: 1 });
  hand.socket.answers('broker/clients/list', { data: [] });
  while (hand.clock.tick(49_000));
  t.equal(status(hand), 'live');
  hand.wake('doubt');
  t.equal(hand.socket.count('broker/clients/list'), 2, 'on a doubt at once');
  while (hand.clock.tick(49_499));
  t.equal(hand.client.connection.state.proving, false, 'what takes no time is not shown');
  while (hand.clock.tick(51_000));
  t.equal(hand.client.connection.state.proving, true);
  // What was on its way already proves nothing, and is waited for.
  hand.socket.says({ method: 'account/updated', params: {} });
  while (hand.clock.tick(53_999));
  t.match(hand.client.connection.state, { status: 'live' });
  while (hand.clock.tick(54_000));
  t.match(hand.client.connection.state, { status: 'waiting', proving: false, lastCut: { reason: 'silent' } });
  t.ok(hand.socket.closed);
});

t.test('an answer proves that it is there, an error too', async (t) => {
  const hand = watching(t);
  hand.wake('retry');
  while (hand.clock.tick(2_000));
  hand.socket.refuses('broker/clients/list', 'whatever');
  t.equal(hand.client.connection.state.proving, false);
  while (hand.clock.tick(10_000));
  t.equal(status(hand), 'live');
});

t.test('calls that are not answered keep nobody from asking whether the network is there', async (t) => {
  const hand = watching(t);
  const { client, socket, clock } = hand;
  for (let n = 0; n < 192 + 1_024; n += 1) client.call('some', { n }).catch(() => {});
  const other = client.watch('t2');
  t.match(other.state, { phase: 'joining', error: { reason: 'overloaded' } }, 'it is tried again');
  hand.wake('doubt');
  t.equal(socket.count('broker/clients/list'), 1);
  const until = clock.now() + 3_000;
  while (clock.tick(until));
  t.match(client.connection.state, { lastCut: { reason: 'silent' } });
});
