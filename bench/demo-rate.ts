/**
 * How fast the demo runtime streams into a pipe, against a minimal loop that writes as many bytes, both read in
 * the same way in the same run: `node --import @tapjs/typescript/import bench/demo-rate.ts`.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Readable, Writable } from 'node:stream';

const EVENTS = 1_000_000;
const EVENT_BYTES = 256;
const RUNS = 5;
const END = '"turn/completed"';
const DEMO = new URL('../broker/demo/main.ts', import.meta.url).pathname;

/** A delta event without its text: ids and times have fixed lengths. */
const [uuid, itemId] = ['0'.repeat(36), '0'.repeat(28)];
const params = { threadId: uuid, turnId: uuid, itemId, delta: '' };
const EMPTY = JSON.stringify({ method: 'item/agentMessage/delta', params, emittedAtMs: 10 ** 12 });
const DELTA_BYTES = EVENT_BYTES - EMPTY.length - '\n'.length;

/** Prebuilt batches, written as fast as the pipe takes them. */
const MINIMAL = `
  const line = Buffer.alloc(${EVENT_BYTES}, 'x');
  const batch = Buffer.concat(Array(256).fill(line));
  let left = ${EVENTS * EVENT_BYTES};
  const write = () => {
    while ((left -= batch.length) > 0) {
      if (!process.stdout.write(batch)) return process.stdout.once('drain', write);
    }
    process.stdout.end();
  };
  write();
`;

type Child = ChildProcessByStdio<Writable, Readable, null>;

function start(args: readonly string[]): Child {
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Bytes a second from the first chunk to the one that ends the turn, or to the end of the stream. */
async function bytesPerS(child: Child): Promise<number> {
  let bytes = 0;
  let startMs = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (bytes === 0) startMs = performance.now();
    bytes += chunk.length;
    if (chunk.includes(END)) break;
  }
  return (bytes / (performance.now() - startMs)) * 1000;
}

async function minimal(): Promise<number> {
  return bytesPerS(start(['-e', MINIMAL]));
}

async function demo(stateDir: string): Promise<number> {
  const load = ['--pace', '0', '--turn-events', `${EVENTS}`, '--delta-bytes', `${DELTA_BYTES}`];
  const child = start([...process.execArgv, DEMO, '--state-dir', stateDir, ...load]);
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const clientInfo = { name: 'bench', version: '1' };
  send({ id: 1, method: 'initialize', params: { clientInfo } });
  send({ id: 2, method: 'thread/start', params: { ephemeral: true } });
  const threadId = await threadStarted(child.stdout);
  send({ id: 3, method: 'turn/start', params: { threadId, input: [] } });
  const rate = await bytesPerS(child);
  child.stdin.end();
  return rate;
}

function threadStarted(stdout: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const id = /"thread\/started","params":\{"thread":\{"id":"([^"]+)".*\n/.exec(text)?.[1];
      if (id === undefined) return;
      stdout.off('data', read).pause();
      resolve(id);
    };
    stdout.on('data', read);
  });
}

const eventsPerS = (rate: number): string => Math.round(rate / EVENT_BYTES).toLocaleString('en');

const stateDir = mkdtempSync(join(tmpdir(), 'demo-rate-'));
try {
  for (let run = 1; run <= RUNS; run += 1) {
    const [floor, rate] = [await minimal(), await demo(stateDir)];
    const ratio = (rate / floor).toFixed(2);
    const rates = `minimal ${eventsPerS(floor)} events/s, demo ${eventsPerS(rate)} events/s`;
    process.stdout.write(`${run}: ${rates} of ${EVENT_BYTES} B, ratio ${ratio}\n`);
  }
} finally {
  rmSync(stateDir, { recursive: true, force: true });
}
