import { readFileSync } from 'node:fs';
import path from 'node:path';
import tap, { type Test } from 'tap';
import { member, text } from '../codex/json.js';
import { of, startTurn, status } from '../conformance/scenarios/steps.js';
import { attach, COMMAND_APPROVAL, setStage, startBroker, type Stage } from './stage.js';
import { approve, noTui, prompt, QUESTION, startTui } from './tui.js';

interface Wires {
  /** What the TUI is attached with. */
  readonly tui: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the other client is attached to. */
  readonly other: string;
}

/** The TUI and another client on the thread that the TUI has started: each sees and answers what the other does. */
async function share(t: Test, stage: Stage, wires: Wires): Promise<void> {
  const c = await attach(t, wires.other, 'c');
  const tui = await startTui(t, stage, wires.tui, wires.env);

  await prompt(tui, 'hello from the screen');
  await tui.shows('You said hello from the screen');
  const threadId = text(await c.notification('thread/started'), 'thread', 'id');
  await status([c], threadId, 'idle');
  await c.call('thread/resume', { threadId, excludeTurns: true });

  await startTurn(c, threadId, 'hello from elsewhere');
  await tui.shows('› hello from elsewhere');
  await tui.shows('• You said hello from elsewhere');
  await c.notification('turn/completed', of(threadId));
  t.pass('the turn of another client is on the screen');

  await startTurn(c, threadId, 'run echo first');
  await c.request(COMMAND_APPROVAL);
  await approve(tui);
  await c.notification('serverRequest/resolved', of(threadId));
  const ended = await c.notification(
    'item/completed',
    (params) => member(params, 'item', 'command') !== undefined,
  );
  t.match(ended, { threadId, item: { status: 'completed', aggregatedOutput: 'first\n' } }, 'approved there');
  await c.notification('turn/completed', of(threadId));

  await startTurn(c, threadId, 'run echo second');
  const asked = await c.request(COMMAND_APPROVAL);
  await tui.shows(QUESTION);
  c.answer(asked, { decision: 'accept' });
  await tui.hides(QUESTION);
  await tui.shows(/• Ran echo second\n\s+└ second/);
  t.pass('what another client has answered is not asked any more');
}

void tap.test('the Codex TUI is a client among others', { skip: noTui }, async (suite) => {
  const stage = await setStage(suite);
  const socket = `unix://${stage.stateDir}/threadcast.sock`;
  const { url } = await startBroker(suite, stage, { access: [], options: ['--listen', socket] });
  await suite.test('over a WebSocket, with the token', async (t) => {
    const token = readFileSync(path.join(stage.stateDir, 'token'), 'utf8').trim();
    const tui = ['--remote', url, '--remote-auth-token-env', 'BROKER_TOKEN'];
    await share(t, stage, { tui, env: { BROKER_TOKEN: token }, other: socket });
  });
  await suite.test('over the unix socket, without', async (t) => {
    await share(t, stage, { tui: ['--remote', socket], other: socket });
  });
});
