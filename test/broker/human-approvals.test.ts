import t from 'tap';
import { InMemory, settled } from '../support/in-memory.js';
import { approval, OBSERVER, resolved } from './events.js';

t.test('a command for a person goes only to those that declared requiredHumanApproval', async (t) => {
  const memory = await InMemory.start();
  const [human, other] = [
    await memory.subscriber('t1'),
    await memory.subscriber('t1', { experimentalApi: true }),
  ];
  memory.runtime.say(approval(0, { kind: 'humanCommand' }), approval(1, { kind: 'command' }));
  await settled();
  t.equal(human.requests.length, 2);
  t.equal(other.requests.length, 1);
  // The id of a request that this client was never asked.
  other.answer(human.requests[0]?.id, { decision: 'accept' });
  await settled();
  t.notOk(memory.runtime.received.some((message) => message.method === undefined));
});

t.test('one that only a person may answer is declined at once where nobody takes such', async (t) => {
  const memory = await InMemory.start();
  const [other, looker] = [
    await memory.subscriber('t1', { experimentalApi: true }),
    await memory.subscriber('t2', OBSERVER, 'json'),
  ];
  memory.runtime.say(approval(0, { kind: 'humanCommand' }));
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'decline' } });
  memory.runtime.say(resolved(0));
  await settled();
  t.same(other.methods, ['serverRequest/resolved']);
  // Who only looks on is nobody to decide: it waits for one who comes.
  memory.runtime.say(approval(1, { kind: 'humanCommand' }, 't2'));
  await settled();
  t.notOk(memory.runtime.received.some(({ id, method }) => id === 1 && method === undefined));
  t.ok(looker.methods.includes('broker/request/opened'));
});
