import tap from 'tap';
import { member } from '../codex/json.js';
import { of, startThread, startTurn, turnEnds, wholeTurn } from '../conformance/scenarios/steps.js';
import { attach, COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';
import { eventsOf, eventsOfTurn, kinds } from './transcripts.js';

const TURN_OF_WORDS = [
  'turn/started',
  'item/started userMessage',
  'item/completed userMessage',
  'item/started agentMessage',
  'item/agentMessage/delta',
  'item/agentMessage/delta',
  'item/agentMessage/delta',
  'item/completed agentMessage',
  'turn/completed',
];

void tap.test('three clients are live on the same thread', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  const { url } = await startBroker(suite, stage);
  const [a, b, c] = [
    await attach(suite, url, 'a'),
    await attach(suite, url, 'b'),
    await attach(suite, url, 'c'),
  ];
  const threadId = await startThread(a, stage.home.work);
  const before = await wholeTurn([a], threadId, 'the thread can be resumed once it has a turn');
  for (const other of [b, c]) await other.call('thread/resume', { threadId, excludeTurns: true });

  await suite.test('each starts a turn, and all get the same of it in the same order', async (t) => {
    for (const client of [a, b, c]) {
      const turnId = await startTurn(client, threadId, `from ${client.name}`);
      await turnEnds([a, b, c], threadId);
      const [ofA, ofB, ofC] = [a, b, c].map((each) => eventsOfTurn(each, threadId, turnId));
      t.strictSame(kinds(ofA ?? []), TURN_OF_WORDS);
      t.strictSame(ofB, ofA, 'b got what a got');
      t.strictSame(ofC, ofA, 'c got what a got');
    }
    t.strictSame(eventsOfTurn(b, threadId, before), [], 'but nothing of the turn before it came');
  });

  await suite.test('of three that are asked for approval one answers, and the others are told', async (t) => {
    await startTurn(a, threadId, 'run true');
    const asked = await b.request(COMMAND_APPROVAL);
    for (const other of [a, c]) t.strictSame(await other.request(COMMAND_APPROVAL), asked);
    b.answer(asked, { decision: 'accept' });
    for (const client of [a, b, c]) {
      const resolved = await client.notification('serverRequest/resolved', of(threadId));
      t.equal(member(resolved, 'requestId'), asked.id);
    }
    await turnEnds([a, b, c], threadId);
  });

  await suite.test(
    'one that resumes later is asked what waits, one that has unsubscribed is not',
    async (t) => {
      t.strictSame(await c.call('thread/unsubscribe', { threadId }), { status: 'unsubscribed' });
      const heard = eventsOf(c, threadId);
      await startTurn(a, threadId, 'run true');
      const asked = await a.request(COMMAND_APPROVAL);
      const d = await attach(t, url, 'd');
      await d.call('thread/resume', { threadId, excludeTurns: true });
      t.strictSame(await d.request(COMMAND_APPROVAL), asked);
      d.answer(asked, { decision: 'accept' });
      await turnEnds([a, b, d], threadId);
      // One round trip: what was sent to it before has come by then.
      await c.settle();
      t.strictSame(eventsOf(c, threadId), heard);
    },
  );
});
