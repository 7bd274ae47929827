import t from 'tap';
import * as protocol from '../../protocol/index.js';

const decode = (text: string): protocol.Decoded => protocol.decodeStock(Buffer.from(text), false);

t.test('requests, notifications and answers are told apart', (t) => {
  t.same(decode('{"id":"a","method":"m","params":{"x":1}}'), {
    kind: 'request',
    id: 'a',
    method: 'm',
    params: { x: 1 },
  });
  t.same(decode('{"id":0,"method":"m"}'), { kind: 'request', id: 0, method: 'm', params: undefined });
  t.same(decode('{"method":"m"}'), { kind: 'notification', method: 'm', params: undefined });
  t.same(decode('{"id":0,"result":null}'), { kind: 'answer', id: 0, failed: false });
  t.same(decode('{"id":0,"error":{}}'), { kind: 'answer', id: 0, failed: true });
  t.end();
});

t.test('encode and decode go round', (t) => {
  const message = { id: 1, method: 'm', params: { text: 'é\n\u2028' } };
  t.same(protocol.decodeStock(protocol.encodeStock(message), false), { kind: 'request', ...message });
  t.end();
});

t.test('msgpack and JSON carry the same messages', (t) => {
  const message = {
    id: 'é',
    method: 'm',
    params: { list: [1, -1, 0.5, 2 ** 40, null, true], text: '\u2028' },
  };
  const json = protocol.msgpackToJson(protocol.encodeMsgpack(message), true);
  t.same(protocol.decodeStock(json ?? Buffer.alloc(0), false), { kind: 'request', ...message });
  t.equal(protocol.msgpackToJson(protocol.encodeMsgpack(message), false), null, 'text is none');
  t.end();
});

t.test('a position is a whole number that can be counted to', (t) => {
  const valid = (seq: unknown): boolean => protocol.position.safeParse({ epoch: 'e', seq }).success;
  for (const seq of [0, 1, Number.MAX_SAFE_INTEGER]) t.ok(valid(seq), String(seq));
  for (const seq of [-1, 0.5, 2 ** 53, Infinity, Number.NaN, '1', null, undefined])
    t.notOk(valid(seq), String(seq));
  t.end();
});

t.test('codes and reasons are closed lists without a double', (t) => {
  const reasons = Object.values(protocol.errors).map(({ reason }) => reason);
  t.equal(new Set(reasons).size, reasons.length);
  t.same(Object.keys(protocol.errors), reasons, 'a reason is called as its error');
  const closes = Object.values(protocol.close);
  t.equal(new Set(closes.map(({ code }) => code)).size, closes.length);
  t.ok(closes.every(({ code }) => code >= 4000 && code < 5000));
  t.same(
    Object.keys(protocol.close),
    closes.map(({ reason }) => reason),
  );
  t.end();
});

t.test('a failed validation is told by what is wrong first', (t) => {
  const issue = (params: unknown): string => {
    const { error } = protocol.initializeParams.safeParse(params);
    return error === undefined ? 'valid' : protocol.describeIssue(error);
  };
  t.equal(issue({}), 'Invalid request: missing field `clientInfo`');
  t.equal(issue({ clientInfo: { name: 'x' } }), 'Invalid request: missing field `version`');
  t.match(issue({ clientInfo: 5 }), /^Invalid request: clientInfo: .*expected object/);
  t.match(issue(5), /^Invalid request: .*expected object/);
  t.equal(
    issue({ clientInfo: { name: 'x', version: '1', title: null, more: 1 }, capabilities: null }),
    'valid',
  );
  t.end();
});

t.test('a thread is named by threadId, or as the oldest requests call it', (t) => {
  t.equal(protocol.threadIdOf({ threadId: 'a', conversationId: 'b' }), 'a');
  t.equal(protocol.threadIdOf({ conversationId: 'b' }), 'b');
  for (const params of [{}, { threadId: 5 }, [], null, undefined, 'a'])
    t.equal(protocol.threadIdOf(params), null);
  t.end();
});

t.test('what is unknown has a safe row', (t) => {
  t.match(protocol.clientMethod('brand/new'), { owner: 'runtime', role: 'controller', experimental: false });
  t.match(protocol.serverNotification('brand/new'), { scope: 'thread', effect: 'none' });
  t.match(protocol.serverRequest('brand/new'), { audience: 'deciders' });
  t.equal(protocol.clientMethod('constructor').owner, 'runtime', 'a name that every object has is no row');
  t.end();
});
