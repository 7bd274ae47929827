import t from 'tap';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { APPROVAL, approval, itemStarted, OBSERVER, statusOf, turnStarted } from './events.js';

/** Deeper than any parser or printer that calls itself can go. */
const DEEP = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
/** More members than a small map has room for. */
const WIDE = JSON.stringify(Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, 0])));

const cases: readonly (readonly [string, (value: string) => string])[] = [
  ['an event', (x) => `{"method":"item/x","params":{"threadId":"t1","x":${x}}}`],
  [
    'a patch',
    (x) =>
      `{"method":"item/fileChange/patchUpdated","params":{"threadId":"t1","turnId":"turn","itemId":"item","changes":${x}}}`,
  ],
  [
    'a delta',
    (x) =>
      `{"method":"item/plan/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"x","x":${x}}}`,
  ],
  [
    'an item',
    (x) =>
      `{"method":"item/completed","params":{"item":{"id":"other","x":${x}},"threadId":"t1","turnId":"turn"}}`,
  ],
  [
    'settings',
    (x) => `{"method":"thread/settings/updated","params":{"threadId":"t1","threadSettings":${x}}}`,
  ],
  [
    'a request',
    (x) => `{"method":"${APPROVAL}","id":0,"params":{"threadId":"t1","additionalPermissions":1,"x":${x}}}`,
  ],
  [
    'the end of a request',
    (x) => `{"method":"serverRequest/resolved","params":{"threadId":"t1","requestId":1,"x":${x}}}`,
  ],
  ['a greeting', (x) => `{"method":"configWarning","params":{"x":${x}}}`],
];

for (const [which, line] of cases) {
  t.test(`${which} that is too deep ends nothing, on no wire`, async (t) => {
    const memory = await InMemory.start();
    const clients = [
      await memory.subscriber('t1', {}),
      await memory.subscriber('t1', {}, 'json'),
      await memory.subscriber('t1', {}, 'msgpack'),
      await memory.subscriber('t1', OBSERVER, 'json'),
    ];
    memory.runtime.say(turnStarted(), itemStarted(), approval(1));
    memory.runtime.sayRaw(line(DEEP));
    memory.runtime.say(delta('t1', 'and on'));
    await settled();
    for (const client of clients) t.match(client.received.at(-1), delta('t1', 'and on'));
    const late = await memory.client({}, 'msgpack');
    const id = late.request('broker/thread/join', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/turns/list', { data: [] });
    await settled();
    t.ok(late.answerTo(id), 'a snapshot, or an error');
    memory.runtime.exit();
    memory.advance(250);
    await settled();
    t.match(await statusOf(late), { runtime: { state: 'restarting' } });
  });
}

for (const [what, value] of [
  ['too deep', DEEP],
  ['very wide', WIDE],
] as const) {
  t.test(`an event, an answer and a stream that are ${what} end nothing`, async (t) => {
    const memory = await InMemory.start();
    const subscriber = await memory.subscriber('t1', {}, 'msgpack');
    memory.runtime.sayRaw(`{"method":"item/x","params":{"threadId":"t1","x":${value}}}`);
    memory.runtime.say(delta('t1', 'and on'));
    for (const wire of ['stock', 'json', 'msgpack'] as const) {
      const client = await memory.client({}, wire);
      client.request('command/exec', { processId: 'p' });
      const id = client.request('model/list');
      await settled();
      const processId = JSON.stringify(memory.runtime.last('command/exec').params?.['processId']);
      memory.runtime.sayRaw(
        `{"method":"command/exec/outputDelta","params":{"processId":${processId},"x":${value}}}`,
      );
      memory.runtime.sayRaw(`{"id":${String(memory.runtime.last('model/list').id)},"result":${value}}`);
      for (let i = 0; i < 1000 && client.answerTo(id) === undefined; i += 1) await settled();
      t.ok(client.answerTo(id), wire);
    }
    t.match(subscriber.received.at(-1), delta('t1', 'and on'));
  });
}
