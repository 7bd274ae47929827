import tap, { type Test } from 'tap';
import { isObject, member, parse, type Json } from '../codex/json.js';
import type { Client } from '../conformance/client.js';
import { startThread, startTurn, status, turnEnds, wholeTurn } from '../conformance/scenarios/steps.js';
import { Cli } from '../support/cli.js';
import { attach, COMMAND_APPROVAL, noCodex, setStage, startBroker, type Stage } from './stage.js';
import { received } from './transcripts.js';

/** What Codex tells everyone when somebody resumes a thread. */
const RESUMED = 'thread/goal/cleared';

function startTail(t: Test, { stateDir }: Stage, args: readonly string[] = []): Cli {
  const cli = new Cli(['tail', ...args, '--state-dir', stateDir]);
  t.teardown(async () => await cli.end());
  return cli;
}

/** The line of that method that nobody has waited for yet. */
async function says(tail: Cli, method: string): Promise<void> {
  await tail.stdout.take(method, (line) => line.includes(`"method":"${method}"`));
}

/** The notifications that a client got, as they came. */
function told(client: Client): readonly Json[] {
  return received(client).filter((body) => isObject(body) && !('id' in body));
}

const asLines = (bodies: readonly Json[]): readonly string[] => bodies.map((body) => JSON.stringify(body));

/** What it printed; whether one that only looks on is shown what others are asked is not for here. */
const printed = ({ stdout }: Cli): readonly string[] =>
  stdout.all.filter((line) => member(parse(line), 'id') === undefined);

void tap.test('tail says what clients get', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  const { cli: broker, url } = await startBroker(suite, stage);
  const client = await attach(suite, url, 'client');
  const threadId = await startThread(client, stage.home.work);
  await wholeTurn([client], threadId, 'hello');
  await status([client], threadId, 'idle');

  await suite.test('tail THREAD: of that thread, from when it has resumed it', async (t) => {
    const tail = startTail(t, stage, [threadId]);
    await says(tail, RESUMED);
    const aside = await startThread(client, stage.home.work);
    await wholeTurn([client], aside, 'of no concern');
    await startTurn(client, threadId, 'run true');
    client.answer(await client.request(COMMAND_APPROVAL), { decision: 'accept' });
    await turnEnds([client], threadId);
    await says(tail, 'turn/completed');
    const ofThread = told(client).filter((body) => member(body, 'params', 'threadId') === threadId);
    const since = ofThread.findLastIndex((body) => member(body, 'method') === RESUMED);
    t.strictSame(printed(tail), asLines(ofThread.slice(since)));
    t.match(await tail.end('SIGINT'), { code: 0 });
  });

  await suite.test(
    'tail THREAD only looks on: an approval waits for others, and for nobody else',
    async (t) => {
      const tail = startTail(t, stage, [threadId]);
      await says(tail, RESUMED);
      const leaving = await attach(t, url, 'leaving');
      await leaving.call('thread/resume', { threadId, excludeTurns: true });
      await client.call('thread/unsubscribe', { threadId });
      await startTurn(leaving, threadId, 'run true');
      const asked = await leaving.request(COMMAND_APPROVAL);
      await leaving.disconnect();
      await client.call('thread/resume', { threadId, excludeTurns: true });
      t.strictSame(
        await client.request(COMMAND_APPROVAL),
        asked,
        'it was not answered for those who are away',
      );
      client.reject(asked, { code: -32_000, message: 'I cannot' });
      await turnEnds([client], threadId);
      t.pass('the error of the only one that can answer ends the wait');
    },
  );

  await suite.test('tail: what everyone gets, from the greeting to the end of the broker', async (t) => {
    const tail = startTail(t, stage);
    await says(tail, 'remoteControl/status/changed');
    const newcomer = await attach(t, url, 'newcomer');
    await wholeTurn([client], threadId, 'hello again');
    await status([newcomer], threadId, 'idle');
    await broker.end();
    t.match(await tail.exits(), { code: 1 });
    t.match(tail.stderr.all, ['threadcast: the broker closed the connection: 4000 shutdown']);
    t.strictSame(printed(tail), asLines(told(newcomer)));
  });
});
