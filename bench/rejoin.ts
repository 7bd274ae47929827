/**
 * How long it takes to be live again after so many missed entries: from the request to the last frame, next to the
 * round trip of a request that asks for nothing.
 *
 *   npm run bench, or after a build: npx tsx bench/rejoin.ts
 */
import { subprotocols } from '../protocol/wires.js';
import { STAMPING_RUNTIME, startBroker } from './broker-process.js';
import { median, report } from './measure.js';
import { SwarmClient } from './swarm.js';

const GAPS = [10, 1_000, 10_000, 30_000];
const ROUNDS = 9;
const LOAD = { threadId: 'bench', events: 32_000, bytes: 256, perSecond: 100_000 };

const broker = await startBroker(STAMPING_RUNTIME);

let received: (text: string) => void = () => {};
let frames = 0;
let wanted = Infinity;
let arrived = (): void => {};
const client = await SwarmClient.open(
  broker.socketPath,
  (bytes, start, end) => {
    frames += 1;
    if (frames === wanted) arrived();
    else if (wanted === Infinity) received(bytes.toString('utf8', start, end));
  },
  subprotocols.json,
);

function ask(method: string, params: object): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    received = (text) => {
      const message = JSON.parse(text) as { id?: number; result?: Record<string, unknown> };
      if (message.id === 1) resolve(message.result ?? {});
    };
    client.send({ id: 1, method, params });
  });
}

/** Sends a request and resolves with the ms until so many frames have come. */
function until(count: number, method: string, params: object): Promise<number> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    [frames, wanted] = [0, count];
    arrived = () => {
      wanted = Infinity;
      resolve(performance.now() - startedAt);
    };
    client.send({ id: 2, method, params });
  });
}

await ask('initialize', {
  clientInfo: { name: 'bench', version: '1' },
  capabilities: { experimentalApi: true },
});
const { threadcast } = (await ask('thread/resume', { threadId: 'bench' })) as {
  threadcast: { epoch: string };
};
const over = new Promise<void>((resolve) => {
  void ask('turn/start', LOAD).then(() => {
    received = (text) => {
      if (text.includes('turn/completed')) resolve();
    };
  });
});
await over;
await ask('thread/unsubscribe', { threadId: 'bench' });
const last = LOAD.events + 3;
const nothing: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) nothing.push(await until(1, 'broker/status', {}));
report(`a request that asks for nothing: ${median(nothing).toFixed(2)} ms, median of ${ROUNDS}`);
for (const gap of GAPS) {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const since = { epoch: threadcast.epoch, seq: last - gap };
    taken.push(await until(gap + 1, 'broker/thread/join', { threadId: 'bench', since }));
    await ask('thread/unsubscribe', { threadId: 'bench' });
  }
  report(`  live again after ${gap} missed: ${median(taken).toFixed(1)} ms`);
}
client.close();
await broker.stop();
