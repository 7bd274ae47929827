import assert from 'node:assert/strict';
import tap from 'tap';
import { statusResult } from '../../protocol/schemas.js';
import { member, parse } from '../codex/json.js';
import { startThread, startTurn, status, wholeTurn } from '../conformance/scenarios/steps.js';
import { run } from '../support/cli.js';
import { attach, COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';

void tap.test('the commands tell what goes on in a real Codex', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  const { cli: broker, url } = await startBroker(suite, stage);
  const client = await attach(suite, url, 'client');
  const threadId = await startThread(client, stage.home.work);
  await wholeTurn([client], threadId, 'hello \n there');
  await status([client], threadId, 'idle');
  const command = async (...args: readonly string[]): Promise<readonly string[]> => {
    const outcome = await run([...args, '--state-dir', stage.stateDir]);
    assert.equal(outcome.code, 0, outcome.stderr.join('\n'));
    return outcome.stdout;
  };

  await suite.test('threads: a table', async (t) => {
    const [headings, row, ...more] = await command('threads');
    t.match(headings, /^THREAD +STATUS +UPDATED +TITLE$/);
    t.match(row, new RegExp(`^${threadId} +idle +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +hello there$`));
    t.strictSame(more, []);
  });

  await suite.test('threads --json: what the runtime answers', async (t) => {
    const data = member(await client.call('thread/list', {}), 'data');
    t.strictSame((await command('threads', '--json')).map(parse), data);
  });

  await startTurn(client, threadId, 'run true');
  await client.request(COMMAND_APPROVAL);

  await suite.test('status: who is there, and what waits', async (t) => {
    const lines = await command('status');
    t.match(lines[0], new RegExp(`^threadcast \\S+ \\(pid ${broker.pid}\\), up \\d+ s$`));
    t.match(lines[1], /^ {2}runtime {4}.*codex app-server \(pid \d+\), running$/);
    t.equal(lines[2], `  listening  ${url}`);
    const rows = lines.map((line) => line.split(/ {2,}/));
    const client = ['client', 'owner', 'owner', '127.0.0.1', 'websocket/stock'].join();
    t.ok(rows.some(([id, ...rest]) => id !== '' && rest.slice(0, 5).join() === client));
    t.ok(rows.some((row) => row.slice(0, 3).join() === `${threadId},1,1`));
  });

  await suite.test('status --json: the answer of the broker', async (t) => {
    const lines = await command('status', '--json');
    t.equal(lines.length, 1);
    const told = statusResult.parse(parse(lines.join('')));
    t.match(told, { broker: { pid: broker.pid }, listen: [url], runtime: { heldUpBy: [] } });
    t.match(told.threads, [{ threadId, subscribers: 1, openRequests: 1, running: true, epoch: String }]);
    t.equal(told.threads.length, 1);
    t.match(told.connections, [{ clientName: 'client', transport: 'websocket', threads: [threadId] }, {}]);
  });
});
