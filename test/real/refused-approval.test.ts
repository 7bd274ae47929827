import tap from 'tap';
import { startThread, startTurn, turnEnds, wholeTurn } from '../conformance/scenarios/steps.js';
import { attach, COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';

const ERROR = { code: -32_000, message: 'I cannot' };

void tap.test('an approval that nobody can give is refused', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  const { url } = await startBroker(suite, stage);
  const [a, b] = [await attach(suite, url, 'a'), await attach(suite, url, 'b')];
  const threadId = await startThread(a, stage.home.work);
  await wholeTurn([a], threadId, 'hello');
  await b.call('thread/resume', { threadId, excludeTurns: true });

  await suite.test('once the last that was asked has said that it cannot', async (t) => {
    await startTurn(a, threadId, 'run true');
    const asked = await a.request(COMMAND_APPROVAL);
    a.reject(asked, ERROR);
    await a.settle();
    b.reject(await b.request(COMMAND_APPROVAL), ERROR);
    await turnEnds([a, b], threadId);
    t.pass('the turn goes on');
  });

  await suite.test('one that has unsubscribed meanwhile is not waited for', async (t) => {
    await startTurn(a, threadId, 'run true');
    await a.request(COMMAND_APPROVAL);
    await a.call('thread/unsubscribe', { threadId });
    b.reject(await b.request(COMMAND_APPROVAL), ERROR);
    await turnEnds([b], threadId);
    t.pass('the turn goes on');
  });
});
