import t from 'tap';
import { byHand, delta, quiet, recovered, running, snapshot, watching } from './hand.js';
import type { HandSocket } from './hand.js';

const JOIN = 'broker/thread/join';
const APPROVAL = 'item/commandExecution/requestApproval';
const params = { threadId: 't1', turnId: 'a', command: 'ls' };
const approval = { id: 7, method: APPROVAL, params };
const accept = { decision: 'accept' };
const resolved = (by: object | null, outcome = 'answered', requestId: unknown = 7): object => ({
  log: 't1',
  seq: 12,
  method: 'serverRequest/resolved',
  params: { threadId: 't1', requestId, by, outcome },
});
const us = (connectionId = 'c1'): object => ({ connectionId, clientName: 'sdk' });
const other = { connectionId: 'x', clientName: 'tui' };
const answers = (socket: HandSocket): unknown[] => socket.sent.filter(({ result }) => result !== undefined);

t.test('an approval is open, then being answered, then resolved by this client', async (t) => {
  const { thread, socket } = watching(t);
  socket.says({ log: 't1', seq: 11, ...approval });
  t.match(thread.state.requests, [{ requestId: 7, method: APPROVAL, params, status: 'open', by: null }]);
  const answered = thread.answer(7, accept);
  t.equal(thread.state.requests[0]?.status, 'answering');
  t.same(answers(socket), [{ id: 7, result: accept }]);
  await t.rejects(thread.answer(7, accept), { name: 'CallError', reason: 'notAsked' });
  socket.says(resolved(us()));
  t.equal(await answered, true);
  t.match(thread.state.requests, [{ status: 'resolved', by: us(), outcome: 'answered' }]);
  t.equal(await thread.answer(7, accept), false);
});

t.test('answered elsewhere first, it did not count', async (t) => {
  const { thread, socket } = watching(t);
  socket.says({ log: 't1', seq: 11, ...approval });
  const answered = thread.answer(7, accept);
  socket.says(resolved(other));
  t.equal(await answered, false);
  t.match(thread.state.requests, [{ status: 'resolved', by: other }]);
});

t.test('told that it came too late, it did not count', async (t) => {
  const { thread, socket } = watching(t);
  socket.says({ log: 't1', seq: 11, ...approval });
  const answered = thread.answer(7, accept);
  socket.says({
    method: 'broker/request/alreadyResolved',
    params: { requestId: 7, by: other, outcome: 'answered' },
  });
  t.equal(await answered, false);
  t.equal(thread.state.requests[0]?.status, 'resolved');
});

t.test('an answer on its way when the wire is cut is given again while the request is open', async (t) => {
  const hand = watching(t);
  hand.socket.says({ log: 't1', seq: 11, ...approval });
  const answered = hand.thread.answer(7, accept);
  const socket = hand.comesBack();
  t.same(answers(socket), []);
  socket.answers(JOIN, recovered(11, [approval]));
  t.same(answers(socket), [{ id: 7, result: accept }]);
  socket.says(resolved(us('c2')));
  t.equal(await answered, true);
});

t.test('one that had arrived before the cut is not, and is told to have counted', async (t) => {
  const hand = watching(t);
  hand.socket.says({ log: 't1', seq: 11, ...approval });
  const answered = hand.thread.answer(7, accept);
  const socket = hand.comesBack();
  socket.answers(JOIN, recovered(12));
  t.equal(hand.thread.state.requests[0]?.status, 'answering');
  socket.says(resolved(us('c1')));
  t.same(answers(socket), []);
  t.equal(await answered, true);
});

t.test('what a snapshot does not name is open no more, and nobody knows by whom', async (t) => {
  const hand = watching(t);
  hand.socket.says({ log: 't1', seq: 11, ...approval });
  const answered = hand.thread.answer(7, accept);
  const socket = hand.comesBack();
  socket.answers(JOIN, snapshot(50, [running()]));
  await t.rejects(answered, { name: 'ConnectionError', reason: 'connectionLost' });
  t.match(hand.thread.state.requests, [{ status: 'resolved', by: null, outcome: null }]);
});

t.test('what is open when it joins is asked by the answer; once', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  const thread = client.watch('t1');
  socket.answers(JOIN, {
    ...snapshot(10, [running()]),
    pendingRequests: [approval, { ...approval, id: '7' }],
  });
  t.same(
    thread.state.requests.map(({ requestId, status }) => [requestId, status]),
    [
      [7, 'open'],
      ['7', 'open'],
    ],
  );
  socket.says(approval);
  t.equal(thread.state.requests.length, 2);
});

t.test('who looks on is shown what others are asked, and may not answer', async (t) => {
  const hand = watching(t, { role: 'observer' });
  t.match(hand.socket.asked('initialize').params, {
    capabilities: { extensions: { threadcast: { role: 'observer' } } },
  });
  const opened = { method: 'broker/request/opened', params: { requestId: 7, method: APPROVAL, params } };
  hand.socket.says(opened);
  t.equal(hand.thread.state.requests[0]?.status, 'watching');
  await t.rejects(hand.thread.answer(7, accept), { name: 'CallError', reason: 'notAsked' });
  const socket = hand.comesBack();
  socket.answers(JOIN, snapshot(50, [running()]));
  socket.says(opened);
  t.equal(hand.thread.state.requests[0]?.status, 'watching', 'open after all');
});

t.test('what only this client is asked, and it cannot answer, is refused at once', async (t) => {
  const { socket, thread } = watching(t);
  for (const [id, method] of ['item/tool/call', 'currentTime/read', 'attestation/generate'].entries())
    socket.says({ id, method, params: { threadId: 't1' } });
  t.match(
    socket.sent.slice(-3),
    [0, 1, 2].map((id) => ({ id, error: { code: -32601 } })),
  );
  t.same(thread.state.requests, []);
  socket.says({ id: 9, method: 'item/approveSomethingNew', params: { threadId: 't1' } });
  t.match(thread.state.requests, [{ requestId: 9, method: 'item/approveSomethingNew', status: 'open' }]);
  t.equal(socket.sent.length, 6, 'one that others may answer is left to people');
});

t.test('resolved ones are kept for a while, the newest', async (t) => {
  const { socket, thread } = watching(t);
  for (let id = 0; id < 30; id += 1) {
    socket.says({ ...approval, id });
    socket.says({
      method: 'broker/request/alreadyResolved',
      params: { requestId: id, by: other, outcome: 'answered' },
    });
  }
  t.same([thread.state.requests.length, thread.state.requests[0]?.requestId], [20, 10]);
});

t.test('open ones are bounded, too', async (t) => {
  const { socket, thread } = watching(t);
  for (let id = 0; id < 600; id += 1) socket.says({ ...approval, id });
  t.same([thread.state.requests.length, thread.state.requests[0]?.requestId], [512, 88]);
});

t.test('the running turn is stopped; where none runs, nothing is', async (t) => {
  const { thread, socket } = watching(t);
  const stopped = thread.interrupt();
  await quiet();
  t.same(socket.asked('turn/interrupt').params, { threadId: 't1', turnId: 'a' });
  socket.answers('turn/interrupt', {});
  await stopped;
  socket.says({
    log: 't1',
    seq: 11,
    method: 'turn/completed',
    params: { threadId: 't1', turn: { id: 'a', status: 'interrupted' } },
  });
  await thread.interrupt();
  t.equal(socket.count('turn/interrupt'), 1);
  socket.says(delta(12, 'late'));
  t.equal(thread.state.turns[0]?.items[0]?.inProgress, false);
});

t.test('an answer counts whichever of the last connections it was given on', async (t) => {
  const hand = watching(t);
  for (let n = 2; n <= 65; n += 1) {
    hand.comesBack({ epoch: 'L', seq: 0, recovered: true }, { connectionId: `c${n}` });
    hand.socket.answers(JOIN, recovered(10));
  }
  for (const [connectionId, counts] of [
    ['c1', false],
    ['c2', true],
  ] as const) {
    const id = `of ${connectionId}`;
    hand.socket.says({ ...approval, id });
    const answered = hand.thread.answer(id, accept);
    hand.socket.says({
      method: 'broker/request/alreadyResolved',
      params: { requestId: id, by: us(connectionId), outcome: 'answered' },
    });
    // oxlint-disable-next-line no-await-in-loop -- one answer after the other
    t.equal(await answered, counts);
  }
});
