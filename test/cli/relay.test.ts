import fc from 'fast-check';
import t from 'tap';
import { Relay } from '../../broker/cli/relay.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { MemoryEnd } from '../../broker/transports/memory.js';
import type { Transport } from '../../broker/transports/transport.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { Message } from '../support/in-memory.js';

const RUNS = process.env['THREADCAST_TEST_LONG'] === '1' ? 2_000 : 100;
const INITIALIZE = {
  id: 'i',
  method: 'initialize',
  params: { clientInfo: { name: 'editor', version: '1' }, capabilities: { experimentalApi: true } },
};

/** An editor on a relay, and a wire to the broker that can be cut. */
class Editor {
  readonly lines: Message[] = [];
  readonly relay = new Relay((line) => {
    this.lines.push(JSON.parse(Buffer.from(line).toString('utf8')) as Message);
  });
  readonly #memory: InMemory;
  #end: MemoryEnd | null = null;

  constructor(memory: InMemory) {
    this.#memory = memory;
    this.connect();
  }

  connect(): void {
    let wire: Transport | null = null;
    [this.#end] = memoryPair(
      (transport) => {
        wire = transport;
        return { message: (data) => this.relay.received(data), tooLarge() {}, drained() {}, closed() {} };
      },
      (transport) => this.#memory.broker.attach(transport, 'json'),
    );
    this.relay.opened({ send: (frame) => void wire?.write([frame]), close: () => this.cut() });
  }

  cut(afterMessages = 0): void {
    this.#end?.dieAfter(afterMessages);
  }

  say(message: object): void {
    this.relay.said(Buffer.from(JSON.stringify(message)));
  }

  /** Initialized, and subscribed to a thread. */
  async open(threadId: string): Promise<this> {
    this.say(INITIALIZE);
    await settled();
    this.say({ id: 1, method: 'thread/resume', params: { threadId } });
    await settled();
    this.#memory.runtime.answer('thread/resume', { thread: { id: threadId }, model: 'm' });
    await settled();
    return this;
  }

  get texts(): unknown[] {
    return this.lines.flatMap((line) => line.params?.['delta'] ?? []);
  }
}

t.test('what the broker itself says, in a log too, is not for an editor', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  const told = editor.lines.length;
  editor.say({
    id: 2,
    method: 'thread/attachment/create',
    params: { parentThreadId: 't1', childThreadId: 't2' },
  });
  await settled();
  const reads = memory.runtime.received.filter(({ method }) => method === 'thread/read');
  memory.runtime.say(...reads.map(({ id }) => ({ id, result: { thread: {} } })));
  await settled();
  memory.runtime.say(delta('t1', 'one'));
  await settled();
  t.match(editor.lines.slice(told), [{ id: 2, result: { attachment: {} } }, delta('t1', 'one')]);
  t.equal(editor.lines.length, told + 2);
});

t.test('answers and events are those of the stock wire', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  memory.runtime.say(delta('t1', 'one'), { method: 'thread/status/changed', params: { threadId: 't1' } });
  await settled();
  t.match(editor.lines[0], { id: 'i', result: { userAgent: /\(editor; 1\)$/ } });
  t.notMatch(JSON.stringify(editor.lines), /threadcast"|"seq"|"log"/);
  t.same(editor.lines.slice(1), [
    { id: 1, result: { thread: { id: 't1' }, model: 'm' } },
    delta('t1', 'one'),
    { method: 'thread/status/changed', params: { threadId: 't1' } },
  ]);
});

t.test('however often it is cut, no event is missing and none comes twice', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ say: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ cut: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 2, arbitrary: fc.constant('connect' as const) },
    { weight: 1, arbitrary: fc.constant('settle' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const memory = await InMemory.start();
      const editor = await new Editor(memory).open('t1');
      let said = 0;
      for (const one of steps) {
        if (one === 'connect') {
          editor.cut();
          await settled();
          editor.connect();
        } else if (one === 'settle') await settled();
        else if ('cut' in one) editor.cut(one.cut);
        else {
          for (let i = 0; i < one.say; i += 1) memory.runtime.say(delta('t1', String(said++)));
        }
      }
      editor.cut();
      await settled();
      editor.connect();
      await settled();
      const all = Array.from({ length: said }, (_, at) => String(at));
      return JSON.stringify(editor.texts) === JSON.stringify(all) && editor.relay.failure === null;
    }),
    { numRuns: RUNS },
  );
});

t.test('what was asked and not answered when the connection was lost gets an error', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  editor.say({ id: 'late', method: 'thread/list', params: {} });
  editor.cut();
  await settled();
  editor.connect();
  await settled();
  t.match(editor.lines.at(-1), { id: 'late', error: { code: -32001, data: { reason: 'connectionLost' } } });
});

t.test('a request of the runtime is given once; one that came meanwhile, in its place', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  const approval = (id: number): object => ({
    id,
    method: 'item/commandExecution/requestApproval',
    params: { threadId: 't1', itemId: `item ${id}` },
  });
  memory.runtime.say(approval(0));
  await settled();
  editor.cut();
  await settled();
  memory.runtime.say(delta('t1', 'before'), approval(1), delta('t1', 'after'));
  editor.connect();
  await settled();
  const asked = editor.lines.filter((line) => line.id !== undefined && line.method !== undefined);
  t.same(
    asked.map((line) => line.params?.['itemId']),
    ['item 0', 'item 1'],
  );
  t.same(editor.texts, ['before', 'after']);
  editor.say({ id: asked[1]?.id, result: { decision: 'accept' } });
  await settled();
  t.match(memory.runtime.received.at(-1), { id: 1, result: { decision: 'accept' } });
});

t.test('what the editor says while it is being taken up again is said afterwards', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  editor.cut();
  await settled();
  editor.connect();
  const calls: string[] = [];
  editor.relay.whenCaughtUp(() => calls.push('caught up'));
  editor.say({ id: 'x', method: 'thread/read', params: { threadId: 't1' } });
  t.same(calls, []);
  await settled();
  editor.relay.whenCaughtUp(() => calls.push('at once'));
  t.same(calls, ['caught up', 'at once']);
  t.match(memory.runtime.received.at(-1), { method: 'thread/read' });
});

t.test('where the log no longer holds what was missed it says so and ends', async (t) => {
  const memory = await InMemory.within({ ringEntries: 4 });
  const editor = await new Editor(memory).open('t1');
  editor.cut();
  await settled();
  for (let i = 0; i < 9; i += 1) {
    memory.runtime.say(delta('t1', String(i)));
    await settled();
  }
  editor.connect();
  await settled();
  memory.runtime.answer('thread/turns/list', { data: [], nextCursor: null });
  await settled();
  t.match(editor.relay.failure, /no longer holds/);
  t.same(editor.texts, []);
});

t.test('a thread that it has left, or that is gone, is not rejoined', async (t) => {
  const memory = await InMemory.start();
  const editor = await new Editor(memory).open('t1');
  editor.say({ id: 2, method: 'thread/unsubscribe', params: { threadId: 't1' } });
  await settled();
  await editor.open('t2');
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't2' } });
  await settled();
  editor.cut();
  await settled();
  editor.connect();
  await settled();
  t.equal(editor.relay.failure, null);
  memory.runtime.say(delta('t1', 'no'), delta('t2', 'no'));
  await settled();
  t.same(editor.texts, []);
});
