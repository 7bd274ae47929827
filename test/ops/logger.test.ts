import t from 'tap';
import { pino } from 'pino';
import { loggerOptions } from '../../broker/ops/logger.js';
import { Refusal } from '../../broker/requests/refusal.js';
import { errors } from '../../protocol/errors.js';
import { approval, turnCompleted, turnStarted } from '../broker/events.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';
import { MemoryStore } from '../support/memory-store.js';

/** Stands in everything that somebody writes, reads or shows in these tests, and in nothing else. */
const MARK = 'MARKED';
const TOKEN = `${MARK}-token`;

type Line = Record<string, unknown>;

/** A broker that logs all it ever does, and what it has logged. */
async function logging(): Promise<{ readonly memory: InMemory; readonly lines: string[] }> {
  const lines: string[] = [];
  const log = pino({ ...loggerOptions, level: 'trace' }, { write: (line) => void lines.push(line) });
  const memory = new InMemory({}, new MemoryStore(), Promise.resolve(), { log });
  await memory.broker.start();
  return { memory, lines };
}

const parsed = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line);

/** What clients write that is, or holds, what nobody else should read. */
function speak(client: MemoryClient): void {
  const input = [{ type: 'text', text: MARK }];
  client.request('turn/start', { threadId: 't1', input });
  client.request('turn/steer', { threadId: 't1', input, expectedTurnId: MARK });
  client.request('broker/turn/submit', { threadId: 't1', clientUserMessageId: 'm', input });
  client.request('broker/attachment/send', { attachmentId: MARK, from: 'parent', input });
  client.request('thread/attachment/create', { parentThreadId: MARK, childThreadId: MARK, roleLabel: MARK });
  client.request('account/login/start', { type: 'apiKey', apiKey: TOKEN });
  client.request(MARK, { token: TOKEN, authorization: `Bearer ${TOKEN}` });
  client.request('command/exec', { command: [MARK], processId: MARK });
  client.request('broker/thread/join', { threadId: MARK, since: { epoch: MARK, seq: 1 } });
  client.send({ id: MARK, method: MARK });
  client.send({ method: MARK, params: { token: TOKEN } });
  client.send({ id: 4711, result: { text: MARK } });
  client.send([MARK]);
  client.raw(`{"id": 1, "method": "thread/list", "params": "${MARK}`);
}

/** The same for the runtime, odd lines among it. */
function answerAll({ runtime }: InMemory): void {
  runtime.say(turnStarted('t1'), delta('t1', MARK), approval(1, { command: MARK, reason: MARK }));
  runtime.say({ method: MARK, params: { threadId: 't1', text: MARK } }, { method: MARK, id: 2 });
  runtime.say({ method: 'configWarning', params: { summary: MARK } });
  for (const [at, { id }] of runtime.received.entries()) {
    const error = { code: -32600, message: `Invalid request: ${MARK}`, data: { text: MARK } };
    runtime.say(at % 2 === 0 ? { id, error } : { id, result: { text: MARK, token: TOKEN } });
  }
  runtime.sayRaw(`a line that is no JSON: ${MARK}`);
  runtime.sayRaw(`{"text":"${MARK}"}`);
  runtime.sayRaw(`"${MARK}"`);
  runtime.sayRaw(Buffer.from([0xff, 0xfe, ...Buffer.from(MARK)]));
  runtime.say({ id: 4711, result: MARK }, { id: MARK, result: 1 });
  runtime.events.lineTooLong(1e9, Buffer.from(`{"method":"${MARK}"`));
  runtime.say(turnCompleted('t1'));
}

t.test('nothing that anybody writes, reads or shows is in the log, at any level', async (t) => {
  const { memory, lines } = await logging();
  const clients = [await memory.subscriber('t1'), await memory.subscriber('t1', undefined, 'json')];
  for (const client of clients) {
    speak(client);
    await settled();
    answerAll(memory);
    await settled();
    for (const { id } of client.requests) client.answer(id, { decision: MARK });
    await settled();
  }
  clients[0]?.vanish();
  const badly = new MemoryClient().attach(memory.broker);
  badly.request('initialize', { clientInfo: { name: `\n${MARK}`, version: MARK } });
  badly.raw(Buffer.from([0xff, ...Buffer.from(MARK)]));
  await settled();
  memory.runtime.exit();
  await settled();
  memory.advance(60_000);
  await settled();
  answerAll(memory);
  await settled();
  await memory.broker.stop();
  t.same(
    lines.filter((line) => line.includes(MARK)),
    [],
  );
  const methods = new Set(parsed(lines).map(({ method }) => method));
  for (const method of ['turn/start', 'thread/resume', 'item/agentMessage/delta', 'turn/completed', null])
    t.ok(methods.has(method), `but that there was ${method ?? 'one that we do not know'}`);
  t.ok(parsed(lines).filter(({ msg }) => /is dropped|over the limit/.test(String(msg))).length >= 5);
});

t.test('a line when a connection opens, and one with its totals when it ends', async (t) => {
  const { memory, lines } = await logging();
  const client = await memory.subscriber('t1', undefined, 'json');
  const opened = parsed(lines).find(({ msg }) => msg === 'attached');
  const identity = { credential: 'owner', address: 'memory', transport: 'memory', wire: 'json' };
  t.match(opened, { level: 30, connection: /^c1-/, ...identity });
  memory.advance(99);
  client.vanish();
  await settled();
  const left = parsed(lines).find(({ msg }) => msg === 'left');
  t.match(left, { level: 30, connection: opened?.['connection'], client: 'test', ...identity });
  t.match(left, { reason: 'gone', cut: null, ms: 99, messagesIn: 2, pendingBytes: 0 });
  t.match(left, { messagesOut: 2, bytesIn: Number, bytesOut: Number });
});

t.test('of one that was cut: why, and what was on its way to it', async (t) => {
  const { memory, lines } = await logging();
  const client = await memory.subscriber('t1');
  client.end.stall();
  memory.runtime.say(delta('t1', 'x'.repeat(100_000)));
  await settled();
  memory.advance(60_000);
  await settled();
  const left = parsed(lines).find(({ msg }) => msg === 'left');
  t.match(left, { reason: 'slowConsumer', cut: 'stalled' });
  t.ok(Number(left?.['pendingBytes']) > 10_000);
});

t.test('a runtime that ends is a warning, one that is ready is news', async (t) => {
  const { memory, lines } = await logging();
  memory.runtime.exit('it fell over');
  memory.advance(1000);
  await settled();
  const told = parsed(lines).filter(({ msg }) => String(msg).includes('runtime is'));
  t.match(told, [
    { level: 30, msg: 'the runtime is ready', runtime: 'a scripted runtime' },
    { level: 40, msg: /starting it again/, summary: 'it fell over' },
    { level: 30, msg: 'the runtime is ready' },
    { level: 40, msg: 'the runtime is back' },
  ]);
});

t.test('should somebody log a secret, it is not written', async (t) => {
  const lines: string[] = [];
  const log = pino(loggerOptions, { write: (line) => void lines.push(line) });
  const secrets = { token: TOKEN, authorization: TOKEN, cookie: TOKEN, 'sec-websocket-protocol': TOKEN };
  log.warn(secrets, 'said');
  log.warn({ request: secrets }, 'said');
  log.warn({ headers: secrets }, 'said');
  log.warn({ request: { headers: secrets } }, 'said');
  t.equal(lines.length, 4);
  t.same(
    lines.filter((line) => line.includes(TOKEN)),
    [],
  );
});

t.test('of an error: what an operator can look for, and not what the runtime quotes', async (t) => {
  const lines: string[] = [];
  const log = pino(loggerOptions, { write: (line) => void lines.push(line) });
  log.warn({ error: new Refusal({ code: -32600, message: MARK, data: { text: MARK } }) }, 'a');
  log.warn({ error: Refusal.of(errors.storeFailed, 'the disk is full') }, 'b');
  log.warn({ error: new RangeError('out of it') }, 'c');
  log.warn({ error: MARK }, 'd');
  t.match(parsed(lines), [
    { error: { type: 'Refusal', code: -32600, reason: null } },
    { error: { type: 'Refusal', reason: 'storeFailed' } },
    { error: { type: 'RangeError', message: 'out of it', stack: /logger\.test/ } },
    { error: { type: 'string' } },
  ]);
  t.notMatch(lines.join(''), MARK);
});
