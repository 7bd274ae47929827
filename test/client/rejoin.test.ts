import t from 'tap';
import { byHand, delta, recovered, running, snapshot, textOf, turnOf, watching } from './hand.js';

const JOIN = 'broker/thread/join';

t.test('after a cut it comes back from where it has come to, and has each word once', async (t) => {
  const hand = watching(t);
  const { thread, client } = hand;
  hand.socket.says(delta(11, ' two'));
  t.same([textOf(thread), thread.state.position], ['one two', { epoch: 'E', seq: 11 }]);
  const socket = hand.comesBack();
  t.equal(thread.state.phase, 'catchingUp');
  t.same(socket.asked(JOIN).params, { threadId: 't1', since: { epoch: 'E', seq: 11 } });
  t.same(socket.asked('initialize').params?.['capabilities'], {
    experimentalApi: true,
    requiredHumanApproval: true,
    extensions: { threadcast: { lobby: { epoch: 'L', seq: 0 }, previousConnectionId: 'c1' } },
  });
  socket.answers(JOIN, recovered(13));
  t.equal(thread.state.phase, 'catchingUp', 'what was missed is still to come');
  t.equal(client.connection.state.status, 'catchingUp');
  socket.says(delta(11, ' two'), delta(12, ' three'));
  t.equal(thread.state.phase, 'catchingUp');
  socket.says(delta(13, ' four'), delta(13, ' four'));
  t.same([textOf(thread), thread.state.phase], ['one two three four', 'live']);
  t.match(client.connection.state, {
    status: 'live',
    missed: 'nothing',
    lastCut: { code: 1006, reason: 'gone' },
  });
});

t.test('where the broker cannot give what was missed, its snapshot takes the place of all', async (t) => {
  const hand = watching(t);
  const { thread, client } = hand;
  const before = thread.state;
  const socket = hand.comesBack();
  socket.answers(JOIN, { ...snapshot(90, [running('another')]), epoch: 'E2' });
  t.same(
    [textOf(thread), thread.state.phase, thread.state.position],
    ['another', 'live', { epoch: 'E2', seq: 90 }],
  );
  t.equal(client.connection.state.missed, 'refetched');
  t.equal(before.turns[0]?.items[0]?.item.type, 'agentMessage', 'what was read before is as it was');
  socket.says(delta(91, ' one'));
  t.equal(textOf(thread), 'another one');
});

t.test('a hole in the numbers is a loss: it is joined again from before it', async (t) => {
  const { thread, socket } = watching(t);
  socket.says(delta(12, ' three'));
  t.same([textOf(thread), thread.state.phase, thread.state.position?.seq], ['one', 'catchingUp', 10]);
  t.same(socket.asked(JOIN).params, { threadId: 't1', since: { epoch: 'E', seq: 10 } });
  socket.says(delta(13, ' four'));
  t.equal(socket.count(JOIN), 2, 'once');
  socket.answers(JOIN, recovered(13));
  socket.says(delta(11, ' two'), delta(12, ' three'), delta(13, ' four'));
  t.same([textOf(thread), thread.state.phase], ['one two three four', 'live']);
});

t.test('a frame that cannot be read is a loss, too', async (t) => {
  const { thread, socket } = watching(t);
  socket.says('{"log":"t1","seq":11,"meth', delta(12, ' three'));
  t.same([textOf(thread), socket.asked(JOIN).params?.['since']], ['one', { epoch: 'E', seq: 10 }]);
});

t.test('a hole in what everyone is told: the connection is made anew, from before it', async (t) => {
  const hand = watching(t);
  hand.socket.says({
    log: 'lobby',
    seq: 2,
    method: 'thread/name/updated',
    params: { threadId: 't1', threadName: 'n' },
  });
  t.equal(hand.client.connection.state.status, 'waiting');
  hand.client.retryNow();
  hand.socket.onopen?.();
  t.match(hand.socket.asked('initialize').params, {
    capabilities: { extensions: { threadcast: { lobby: { epoch: 'L', seq: 0 } } } },
  });
});

t.test('a marker moves the position, and nothing else', async (t) => {
  const { thread, socket } = watching(t);
  const { turns } = thread.state;
  socket.says({ log: 't1', seq: 11 });
  t.same(thread.state.position, { epoch: 'E', seq: 11 });
  t.equal(thread.state.turns, turns);
});

t.test('what cannot be worked off is not passed over: all of it is asked for again', async (t) => {
  // A member that throws when it is read is no JSON, so it takes a codec to make one.
  const hostile = {
    log: 't1',
    seq: 11,
    method: 'turn/plan/updated',
    get params(): object {
      throw new Error('unreadable');
    },
  };
  const codec = {
    subprotocol: 'hostile',
    encode: (each: object) => JSON.stringify(each),
    decode: (frame: unknown) => (frame === 'hostile' ? hostile : (JSON.parse(String(frame)) as unknown)),
  };
  const hand = byHand(t, { codecs: [codec] });
  hand.socket.protocol = 'hostile';
  hand.socket.greets();
  const thread = hand.client.watch('t1');
  hand.socket.answers(JOIN, snapshot(10, [running('one')]));
  hand.socket.says('hostile');
  t.same([hand.socket.count(JOIN), hand.socket.asked(JOIN).params], [2, { threadId: 't1' }]);
  hand.socket.answers(JOIN, snapshot(11, [running('one')]));
  t.same([thread.state.phase, thread.state.position?.seq], ['live', 11]);
});

t.test(
  'a log that begins anew is joined without a position; what comes before the answer is in it',
  async (t) => {
    const { thread, socket } = watching(t);
    socket.says({
      method: 'broker/log/reset',
      params: { log: 't1', epoch: 'E2', seq: 0, reason: 'runtimeRestarted' },
    });
    t.same(socket.asked(JOIN).params, { threadId: 't1' });
    socket.says(delta(1, ' lost'), delta(11, ' lost'));
    t.same([textOf(thread), thread.state.phase], ['one', 'catchingUp']);
    socket.answers(JOIN, { ...snapshot(1, [running('new')]), epoch: 'E2' });
    socket.says(delta(2, ' words'));
    t.same([textOf(thread), thread.state.phase], ['new words', 'live']);
  },
);

t.test('a thread that is reverted while it is joined is joined once more', async (t) => {
  const hand = watching(t);
  const { thread } = hand;
  const socket = hand.comesBack();
  socket.says({ log: 'lobby', seq: 1, method: 'thread/reverted', params: { threadId: 't1' } });
  socket.answers(JOIN, recovered(10));
  t.same([socket.count(JOIN), socket.asked(JOIN).params], [2, { threadId: 't1' }]);
  socket.answers(JOIN, snapshot(11, [turnOf('z')]));
  t.same(
    thread.state.turns.map(({ id }) => id),
    ['z'],
  );
});

t.test('where the lobby cannot be had, no position in a thread is good', async (t) => {
  const hand = watching(t);
  const socket = hand.comesBack({ epoch: 'L2', seq: 5, recovered: false });
  t.same(socket.asked(JOIN).params, { threadId: 't1' });
  socket.answers(JOIN, snapshot(10, [running('one')]));
  t.equal(hand.client.connection.state.missed, 'refetched');
});

t.test('it is live when what everyone was told meanwhile is there, too', async (t) => {
  const hand = watching(t);
  const socket = hand.comesBack({ epoch: 'L', seq: 1, recovered: true });
  socket.answers(JOIN, recovered(10));
  t.equal(hand.client.connection.state.status, 'catchingUp');
  socket.says({
    log: 'lobby',
    seq: 1,
    method: 'thread/name/updated',
    params: { threadId: 't1', threadName: 'n' },
  });
  t.equal(hand.client.connection.state.status, 'live');
  t.equal(hand.thread.state.thread?.name, 'n');
});
