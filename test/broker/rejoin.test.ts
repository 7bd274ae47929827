import t from 'tap';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';

const V1 = { experimentalApi: true };

const turnStarted = {
  method: 'turn/started',
  params: { threadId: 't1', turn: { id: 'turn', status: 'inProgress' } },
};
const itemStarted = {
  method: 'item/started',
  params: { item: { type: 'agentMessage', id: 'item', text: '' }, threadId: 't1', turnId: 'turn' },
};
const itemCompleted = {
  method: 'item/completed',
  params: { item: { type: 'agentMessage', id: 'item', text: 'one two ' }, threadId: 't1', turnId: 'turn' },
};

/** Resumes and answers what the runtime is asked for it. */
async function resumed(memory: InMemory, client: MemoryClient): Promise<Message> {
  const id = client.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', {
    thread: { id: 't1', turns: [], status: { type: 'active' } },
    model: 'm',
  });
  await settled();
  return client.answerTo(id) ?? {};
}

async function joined(client: MemoryClient, since: object | null = null): Promise<Message['result']> {
  const id = client.request('broker/thread/join', { threadId: 't1', since });
  await settled();
  return client.answerTo(id)?.result;
}

for (const wire of ['stock', 'json', 'msgpack'] as const) {
  t.test(
    `${wire}: whoever resumes in mid-turn is told of what is in progress, with its text so far`,
    async (t) => {
      const memory = await InMemory.start();
      await memory.subscriber('t1');
      memory.runtime.say(turnStarted, itemStarted, delta('t1', 'one "\\'), delta('t1', ' two\n'));
      await settled();
      const client = await memory.client(V1, wire);
      await resumed(memory, client);
      memory.runtime.say(delta('t1', 'three'));
      await settled();
      t.match(client.received.slice(1), [
        itemStarted,
        { ...delta('t1', 'one "\\ two\n'), emittedAtMs: undefined },
        delta('t1', 'three'),
      ]);
    },
  );
}

for (const wire of ['json', 'msgpack'] as const) {
  t.test(`${wire}: a join from a position gets what was missed, then what comes`, async (t) => {
    const memory = await InMemory.start();
    const first = await memory.client(V1, wire);
    const { result } = await resumed(memory, first);
    const { epoch, seq } = (result as { threadcast: { epoch: string; seq: number } }).threadcast;
    t.equal(seq, 0);
    memory.runtime.say(turnStarted, itemStarted, delta('t1', 'one'));
    await settled();
    t.same(
      first.received.slice(1).map((m) => m.seq),
      [1, 2, 3],
    );
    first.vanish();
    memory.runtime.say(delta('t1', ' two'));
    await settled();
    const again = await memory.client({ ...V1, optOutNotificationMethods: ['item/started'] }, wire);
    t.match(await joined(again, { epoch, seq: 1 }), { epoch, seq: 4, recovered: true, snapshot: null });
    memory.runtime.say(delta('t1', ' three'));
    await settled();
    t.same(again.received.slice(1), [
      { log: 't1', seq: 2 },
      { log: 't1', seq: 3, ...delta('t1', 'one') },
      { log: 't1', seq: 4, ...delta('t1', ' two') },
      { log: 't1', seq: 5, ...delta('t1', ' three') },
    ]);
  });

  t.test(`${wire}: a join from nowhere gets a snapshot that is true at its seq`, async (t) => {
    const memory = await InMemory.start();
    await memory.subscriber('t1');
    memory.runtime.say(turnStarted, itemStarted, delta('t1', 'one '));
    const client = await memory.client(V1, wire);
    const id = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    // The page is older than what comes before it, and knows nothing of the text.
    memory.runtime.say(delta('t1', 'two '), itemCompleted, itemCompleted);
    memory.runtime.answer('thread/turns/list', {
      data: [
        { id: 'turn', status: 'inProgress', items: [] },
        { id: 'older', status: 'completed', items: [] },
      ],
      nextCursor: 'more',
      backwardsCursor: null,
    });
    memory.runtime.say(delta('t1', 'late'));
    await settled();
    t.match(client.answerTo(id)?.result, {
      recovered: false,
      seq: 6,
      snapshot: {
        thread: {
          id: 't1',
          turns: [{ id: 'older' }, { id: 'turn', items: [{ id: 'item', text: 'one two ' }] }],
        },
        initialTurnsPage: { nextCursor: 'more' },
      },
    });
    t.match(client.received.at(-1), { log: 't1', seq: 7 });
  });
}
