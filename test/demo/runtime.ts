import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { Test } from 'tap';
import { isObject, type Json, type JsonObject, member, parse, text } from '../codex/json.js';
import { parseFlags } from '../../broker/demo/flags.js';
import { serve } from '../../broker/demo/serve.js';
import { program } from '../support/built.js';
import { inTime } from '../support/deadline.js';
import { Inbox } from '../support/inbox.js';

const CLIENT = { clientInfo: { name: 'tester', title: null, version: '1' } };

/** Starts the demo runtime. */
export const demoCommand: readonly string[] = program('broker/demo/main');

/** A folder of the test's own. */
export function stateFolder(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadcast-demo-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The other ends of a runtime's streams, and what stops it. */
interface Process {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** With its exit code; null when it was killed. */
  readonly exited: Promise<number | null>;
  kill(): void;
}

/** A program of its own. */
function spawnProcess(command: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = process.cwd()): Process {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...env }, cwd });
  child.stdin.on('error', () => {});
  const exited = once(child, 'close').then(() => child.exitCode);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    kill: () => child.kill('SIGKILL'),
  };
}

/** A demo runtime in this process: a program of its own takes seconds to start from its sources. */
function serveHere(args: readonly string[]): Process {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const log = (line: string): void => void stderr.write(`${line}\n`);
  const served = serve(parseFlags(args), { stdin, stdout, log });
  const exited = served.then(() => {
    stderr.end();
    return 0;
  });
  return { stdin, stdout, stderr, exited, kill: () => stdin.end() };
}

/** A runtime that speaks the app-server protocol on its stdin and stdout, seen from its client. */
export class Runtime {
  /** Every message it wrote. */
  readonly said = new Inbox<JsonObject>('stdout');
  readonly stderr = new Inbox<string>('stderr');
  readonly #process: Process;
  readonly #exited: Promise<number | null>;
  #lastId = 0;

  constructor(process: Process) {
    this.#process = process;
    this.#exited = process.exited.then((code) => this.#ended(code));
    createInterface({ input: process.stdout }).on('line', (line) => this.#heard(line));
    createInterface({ input: process.stderr }).on('line', (line) => this.stderr.push(line));
  }

  static spawn(command: readonly string[], env?: NodeJS.ProcessEnv, cwd?: string): Runtime {
    return new Runtime(spawnProcess(command, env, cwd));
  }

  static serve(args: readonly string[]): Runtime {
    return new Runtime(serveHere(args));
  }

  raw(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** @returns the id of the request. */
  send(method: string, params: object = {}): number {
    this.#lastId += 1;
    this.raw(JSON.stringify({ id: this.#lastId, method, params }));
    return this.#lastId;
  }

  /** @returns the whole answer. */
  async call(method: string, params: object = {}): Promise<JsonObject> {
    return this.answerTo(this.send(method, params));
  }

  async answerTo(id: string | number): Promise<JsonObject> {
    const isAnswer = (message: JsonObject): boolean =>
      message['id'] === id && message['method'] === undefined;
    return this.said.take(`the answer to ${id}`, isAnswer);
  }

  /** @throws {Error} when it is an error. */
  async result(method: string, params: object = {}): Promise<JsonObject> {
    const { result, error } = await this.call(method, params);
    if (!isObject(result)) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  /** The text of the error that this must be answered with. */
  async error(method: string, params: object = {}): Promise<string> {
    return text(await this.call(method, params), 'error', 'message');
  }

  async initialize(capabilities: object = { experimentalApi: true }): Promise<JsonObject> {
    const result = await this.result('initialize', { ...CLIENT, capabilities });
    this.raw('{"method":"initialized"}');
    return result;
  }

  /** The next notification or request with this method, about this thread if one is named. */
  async next(method: string, threadId?: string): Promise<JsonObject> {
    return this.said.take(method, (message) => {
      const about = member(message, 'params', 'threadId');
      return message['method'] === method && (threadId === undefined || about === threadId);
    });
  }

  async startThread(params: object = {}): Promise<string> {
    return text(await this.result('thread/start', params), 'thread', 'id');
  }

  /** @returns the turn's id. */
  async startTurn(threadId: string, words: string, params: object = {}): Promise<string> {
    const input = [{ type: 'text', text: words }];
    return text(await this.result('turn/start', { threadId, input, ...params }), 'turn', 'id');
  }

  /** Starts a turn and waits for its end. @returns the turn as it ended. */
  async playTurn(threadId: string, words: string, params: object = {}): Promise<Json | undefined> {
    await this.startTurn(threadId, words, params);
    return this.turnEnd(threadId);
  }

  async turnEnd(threadId: string): Promise<Json | undefined> {
    return member(await this.next('turn/completed', threadId), 'params', 'turn');
  }

  answer(request: JsonObject, result: object): void {
    this.raw(JSON.stringify({ id: request['id'], result }));
  }

  /** Closes this end of its stdout. */
  stopReading(): void {
    this.#process.stdout.destroy();
  }

  /** Ends its stdin. @returns its exit code. */
  async end(): Promise<number | null> {
    this.#process.stdin.end();
    return this.exits();
  }

  async exits(): Promise<number | null> {
    return inTime(this.#exited, () => 'its exit');
  }

  async kill(): Promise<void> {
    this.#process.kill();
    await this.#exited;
  }

  /** The methods that it wrote about this thread, in order. */
  methods(threadId: string): Json[] {
    const about = this.said.all.filter((message) => member(message, 'params', 'threadId') === threadId);
    return about.map((message) => message['method'] ?? null);
  }

  #heard(line: string): void {
    const message = parse(line);
    if (!isObject(message)) throw new Error(`not a message: ${line}`);
    this.said.push(message);
  }

  #ended(code: number | null): number | null {
    this.said.end('has ended');
    this.stderr.end('has ended');
    return code;
  }
}

const FLAGS = ['--pace', '0'];

/** A demo runtime that ends with the test, not yet initialized, as fast as it can be unless told otherwise. */
export function startDemo(t: Test, flags: readonly string[] = [], stateDir = stateFolder(t)): Runtime {
  const demo = Runtime.serve(['--state-dir', stateDir, ...FLAGS, ...flags]);
  t.teardown(() => demo.kill());
  return demo;
}

/** The same as a program of its own. */
export function spawnDemo(t: Test, flags: readonly string[] = [], stateDir = stateFolder(t)): Runtime {
  const demo = Runtime.spawn([...demoCommand, '--state-dir', stateDir, ...FLAGS, ...flags]);
  t.teardown(() => demo.kill());
  return demo;
}

export async function readyDemo(t: Test, flags?: readonly string[], stateDir?: string): Promise<Runtime> {
  const demo = startDemo(t, flags, stateDir);
  await demo.initialize();
  return demo;
}

type List = Json | undefined | readonly (Json | undefined)[];

/** The objects in a list. */
export function entries(list: List): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The values of one member of the objects in a list. */
export function column(list: List, name: string): (Json | undefined)[] {
  return entries(list).map((entry) => entry[name]);
}
