import tap from 'tap';
import { member, text } from '../codex/json.js';
import { of, startThread, startTurn, turnEnds } from '../conformance/scenarios/steps.js';
import { attach, COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';
import { eventsOf } from './transcripts.js';

void tap.test('a client that subscribed to nothing answers for a sub-agent', { skip: noCodex }, async (t) => {
  const stage = await setStage(t, ['multi_agent']);
  const { url } = await startBroker(t, stage);
  const [a, b] = [await attach(t, url, 'a'), await attach(t, url, 'b')];
  const parent = await startThread(a, stage.home.work);
  const turnId = await startTurn(a, parent, 'spawn run echo done by the child');

  const asked = await b.request(COMMAND_APPROVAL);
  const child = text(asked.params, 'threadId');
  t.not(child, parent);
  t.notOk(
    eventsOf(a, parent).some((event) => member(event, 'method') === 'turn/completed'),
    'it waits',
  );
  b.answer(asked, { decision: 'accept' });

  for (const client of [a, b]) await client.notification('serverRequest/resolved', of(child));
  await turnEnds([a, b], child);
  const ended = await a.notification('turn/completed', of(parent));
  t.match(ended, { turn: { id: turnId, status: 'completed' } }, 'the parent went on');
  const command = eventsOf(b, child).find(
    (event) => member(event, 'method') === 'item/completed' && member(event, 'params', 'item', 'command'),
  );
  t.match(command, { params: { item: { status: 'completed', aggregatedOutput: 'done by the child\n' } } });

  await b.settle();
  t.strictSame(eventsOf(b, parent), [], 'it was never subscribed to the parent');
});
