import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import tap, { type Test } from 'tap';
import { LineReader } from '../../broker/framing/line-reader.js';
import { RUNTIME_LINE_BYTES_MAX } from '../../protocol/limits.js';
import { statusResult, type StatusResult } from '../../protocol/schemas.js';
import { ANY_PORT, tempDir } from '../cli/broker.js';
import { isObject, member, parse, text, type Json, type JsonObject } from '../codex/json.js';
import { threadcast } from '../support/cli.js';
import { Inbox } from '../support/inbox.js';
import { flooding, LONG, megabytes, Memory, type Flood } from './broker.js';
import { WireClient } from './wire-client.js';

const FLOOD: Flood = { turnEvents: LONG ? 90_000 : 30_000, deltaBytes: 4 * 1024 };
const GROWTH_BYTES_MAX = 100 * 1024 ** 2;
/** How long the client does not read, as the broker counts it. */
const HOLD_MS = 5_000;
/** How often the broker is asked. */
const ASK_MS = 50;

/** `threadcast --stdio` and its client, who may stop reading. */
class StdioClient {
  /** What is neither an answer nor a delta. */
  readonly told = new Inbox<JsonObject>('stdout');
  readonly stderr = new Inbox<string>('stderr');
  readonly memory: Memory;
  /** The texts of the messages, put together from their deltas. */
  readonly texts = new Map<string, string>();
  deltas = 0;
  /** Messages whose end was not what their deltas had added up to. */
  readonly wrong: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(t: Test, args: readonly string[]) {
    const [command, ...before] = threadcast;
    this.#child = spawn(command, [...before, ...args]);
    this.memory = new Memory(this.#child.pid);
    t.teardown(async () => await this.#end());
    this.#lines(this.#child.stderr, (line) => this.stderr.push(line));
    this.#lines(this.#child.stdout, (line) => this.#hear(parse(line)));
  }

  send(message: JsonObject): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Sends a request and resolves with its result. */
  async call(id: string, method: string, params: Json): Promise<Json> {
    this.send({ id, method, params });
    const answer = await this.told.take(method, (message) => message['id'] === id);
    assert('result' in answer, JSON.stringify(answer));
    return answer['result'] ?? null;
  }

  /** Stops reading its pipe. */
  stall(): void {
    this.#child.stdout.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
  }

  #lines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
    const reader = new LineReader(RUNTIME_LINE_BYTES_MAX, {
      line: (line) => take(line.toString('utf8')),
      tooLong: () => assert.fail('a line is too long'),
    });
    stream.on('data', (chunk: Buffer) => reader.push(chunk));
  }

  #hear(message: Json): void {
    assert(isObject(message));
    const { method, params } = message;
    if (method === 'item/agentMessage/delta') {
      const id = text(params, 'itemId');
      this.texts.set(id, (this.texts.get(id) ?? '') + text(params, 'delta'));
      this.deltas += 1;
      return;
    }
    if (method === 'item/completed' && member(params, 'item', 'type') === 'agentMessage') {
      const id = text(params, 'item', 'id');
      if (this.texts.get(id) !== text(params, 'item', 'text')) this.wrong.push(id);
    }
    this.told.push(message);
  }

  /** The end of its stdin ends the broker. */
  async #end(): Promise<void> {
    this.resume();
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
  }
}

/** The status of the broker once that holds; it is asked again and again. */
async function statusOnce(
  client: WireClient,
  holds: (status: StatusResult) => boolean,
): Promise<StatusResult> {
  for (;;) {
    const status = statusResult.parse(await client.call('broker/status'));
    if (holds(status)) return status;
    await wait(ASK_MS);
  }
}

/** It may take long: what is waited for is the next message, each time. */
async function turnEnds({ told }: StdioClient): Promise<void> {
  const isEnd = ({ method }: JsonObject): boolean =>
    method === 'item/completed' || method === 'turn/completed';
  let next = await told.take('progress', isEnd);
  while (next['method'] !== 'turn/completed') next = await told.take('progress', isEnd);
}

function tellsOfTheHold(line: string): boolean {
  return line.includes('reads again') && Number(member(parse(line), 'ms')) >= HOLD_MS;
}

void tap.test('a stdio client that stops reading makes the runtime wait, and loses nothing', async (t) => {
  const args = ['--state-dir', tempDir(t), ...ANY_PORT, '--stdio', ...flooding(FLOOD)];
  const stdio = new StdioClient(t, args);
  const listening = await stdio.stderr.take('listening', (line) => line.includes('listening'));
  const watcher = await WireClient.connect(t, listening.slice(listening.indexOf('ws:')), { name: 'watcher' });
  const capabilities = { experimentalApi: true };
  await stdio.call('a', 'initialize', { clientInfo: { name: 'stdio', version: '1' }, capabilities });
  const threadId = text(await stdio.call('b', 'thread/start', {}), 'thread', 'id');

  await stdio.call('c', 'turn/start', { threadId, input: [{ type: 'text', text: 'go' }] });
  // By then the heap has grown to what such a flood needs by itself.
  while (stdio.deltas < FLOOD.turnEvents / 3)
    await stdio.told.take('progress', ({ method }) => method === 'item/completed');
  stdio.memory.begin();
  stdio.stall();
  const held = await statusOnce(watcher, ({ runtime }) => (runtime.heldUpBy[0]?.ms ?? 0) >= HOLD_MS);
  const holder = held.connections.find(
    ({ connectionId }) => connectionId === held.runtime.heldUpBy[0]?.connectionId,
  );
  t.match(holder, { clientName: 'stdio', transport: 'stdio' }, 'status says who it is');
  t.ok(stdio.deltas < FLOOD.turnEvents / 2, `${stdio.deltas} deltas had come`);
  const seq = held.threads[0]?.seq ?? 0;
  t.ok(seq < FLOOD.turnEvents / 2, `the broker had read ${seq}`);
  const still = await statusOnce(watcher, () => true);
  t.equal(still.threads[0]?.seq, seq, 'and reads no more');
  await stdio.stderr.take('the hold', (line) => line.includes('a stdio client does not read'));

  stdio.resume();
  await turnEnds(stdio);
  t.equal(stdio.deltas, FLOOD.turnEvents, 'every delta has come');
  t.strictSame(stdio.wrong, [], 'in order: each message ended as its deltas had said');
  const grown = stdio.memory.grownBytes();
  t.ok(grown < GROWTH_BYTES_MAX, `the broker has grown by ${megabytes(grown)}`);
  const after = await statusOnce(watcher, ({ runtime }) => runtime.heldUpBy.length === 0);
  t.same(after.tallies['cuts'], { stalled: 0, fellBehind: 0, tooMuchQueued: 0 });
  await stdio.stderr.take('the end of the hold', tellsOfTheHold);
  t.pass('the log says for how long');
});
