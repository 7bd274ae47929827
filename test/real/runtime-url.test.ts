import { connect } from 'node:net';
import { setInterval } from 'node:timers/promises';
import tap, { type Test } from 'tap';
import { ProcessGroup } from '../codex/process.js';
import { startCodexServer, type RunningServer } from '../codex/server.js';
import { startThread, turnEnds, wholeTurn } from '../conformance/scenarios/steps.js';
import { attach, noCodex, setStage, startBroker, type Stage } from './stage.js';

/** Starts a runtime that goes with the test. */
type Start = (t: Test, stage: Stage) => Promise<RunningServer>;

const RETRY_MS = 20;
const START_MS_MAX = 20_000;

async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const onWebSocket: Start = async (t, { codex, home }) => {
  const server = await startCodexServer(codex, home);
  t.teardown(async () => await server.stop());
  return server;
};

/** On a unix socket the server says nothing of being ready: it is asked until it answers. */
const onUnixSocket: Start = async (t, { codex, home }) => {
  const path = `${home.root}/runtime.sock`;
  const url = `unix://${path}`;
  const args = ['app-server', '--listen', url];
  const server = new ProcessGroup({ command: codex, args, env: home.env, cwd: home.work });
  const stop = async (): Promise<void> => await server.end('SIGKILL');
  t.teardown(stop);
  const signal = AbortSignal.timeout(START_MS_MAX);
  for await (const there of setInterval(RETRY_MS, path, { signal })) if (await answers(there)) break;
  return { url, stop };
};

/** A thread that a client of the broker and one of the runtime itself are both on. */
async function shared(t: Test, stage: Stage, urls: { broker: string; runtime: string }): Promise<void> {
  const a = await attach(t, urls.broker, 'a');
  const b = await attach(t, urls.runtime, 'b');
  const threadId = await startThread(a, stage.home.work);
  await wholeTurn([a], threadId, 'through the broker');
  await b.call('thread/resume', { threadId, excludeTurns: true });
  await wholeTurn([b], threadId, 'beside it');
  await turnEnds([a], threadId);
}

for (const [kind, start] of Object.entries({ WebSocket: onWebSocket, 'unix socket': onUnixSocket })) {
  void tap.test(`a runtime that listens on a ${kind} gets a broker`, { skip: noCodex }, async (t) => {
    const stage = await setStage(t);
    const runtime = await start(t, stage);
    const { cli, url } = await startBroker(t, stage, { runtime: ['--runtime', runtime.url] });
    await shared(t, stage, { broker: url, runtime: runtime.url });
    t.match(await cli.end(), { code: 0 });

    const second = await startBroker(t, stage, { runtime: ['--runtime', runtime.url] });
    t.pass('it stays when its broker ends, and takes another');
    await runtime.stop();
    t.match(await second.cli.exits(), { code: 1 }, 'which ends when it is gone');
    const said = second.cli.stderr.all.join('\n');
    t.match(said, `${runtime.url}: the connection was closed`, 'it says what happened');
    t.match(said, `threadcast: ${runtime.url}: connect E`, 'and why it has given up');
  });
}
