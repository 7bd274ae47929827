import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { installProgram } from '../codex/install.js';
import { isList, isObject, member, parse, text, type Json, type JsonObject } from '../codex/json.js';
import { threadcast } from '../support/cli.js';
import { inTime } from '../support/deadline.js';
import { Inbox } from '../support/inbox.js';
import { noCodex, type Stage } from './stage.js';

/**
 * The adapter with which editors of the Agent Client Protocol (ACP) use Codex: it starts `codex app-server`, and is a
 * client of it. The Codex that it depends on stays away, since it is told where ours is.
 */
const adapter = await installProgram({
  name: '@agentclientprotocol/codex-acp',
  version: '2.6.0',
  options: ['--omit=optional'],
});

/** Why a test with the adapter has to be skipped; false when it need not be. */
export const noAdapter: string | false = 'missing' in adapter ? adapter.missing : noCodex;

/** Writes a program that is called as `codex` is, and is a broker in front of it. */
export async function brokerAsCodex({ home, stateDir, codex }: Stage): Promise<string> {
  const file = path.join(home.root, 'codex');
  const own = ['--stdio', '--no-auth', '--state-dir', stateDir, '--listen', 'ws://127.0.0.1:0'];
  const words = [...threadcast, ...own, '--', codex].map((word) => `'${word}'`);
  await writeFile(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

/** An editor: our end of ACP, with the adapter at the other one. */
export class AcpEditor {
  /** All that the adapter tells it. */
  readonly received = new Inbox<JsonObject>('the adapter');
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #cwd: string;
  #requests = 0;

  private constructor(env: Readonly<Record<string, string>>, cwd: string) {
    assert('command' in adapter);
    this.#cwd = cwd;
    // In a process group of its own: what it leaves behind goes with it.
    this.#child = spawn(adapter.command, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#exited = once(this.#child, 'close').then(() => this.received.end('has ended'));
    assert(this.#child.stdout);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const body = parse(line);
      assert(isObject(body), line);
      this.received.push(body);
    });
  }

  /** Starts the adapter, for which that program is `codex`, and shakes hands. */
  static async start(t: Test, { home }: Stage, codex: string): Promise<AcpEditor> {
    // In its default mode it has a model asked about each command, and not the user.
    const env = { ...home.env, CODEX_PATH: codex, INITIAL_AGENT_MODE: 'read-only' };
    const editor = new AcpEditor(env, home.work);
    t.teardown(() => editor.#kill());
    await editor.call('initialize', { protocolVersion: 1, clientCapabilities: {} });
    return editor;
  }

  /** A new session, which is a thread: its id. */
  async open(): Promise<string> {
    return text(await this.call('session/new', { cwd: this.#cwd, mcpServers: [] }), 'sessionId');
  }

  /** Goes on with a session: the adapter tells what has been said in it. */
  async load(sessionId: string): Promise<void> {
    await this.call('session/load', { sessionId, cwd: this.#cwd, mcpServers: [] });
  }

  /** What the user types. Resolves when the turn has ended, with how. */
  async prompt(sessionId: string, words: string): Promise<string> {
    const prompt = [{ type: 'text', text: words }];
    return text(await this.call('session/prompt', { sessionId, prompt }), 'stopReason');
  }

  /** The user stops the turn. */
  cancel(sessionId: string): void {
    this.#send({ method: 'session/cancel', params: { sessionId } });
  }

  /** Waits until the user is asked whether a command may run. Resolves with what answers it. */
  async permission(): Promise<(kind: 'allow_once' | 'reject_once') => void> {
    const asked = await this.received.take('request', (body) => 'id' in body && 'method' in body);
    assert.equal(asked['method'], 'session/request_permission');
    const options = member(asked, 'params', 'options');
    assert(isList(options));
    return (kind) => {
      const optionId = text(
        options.find((each) => member(each, 'kind') === kind),
        'optionId',
      );
      this.#send({ id: asked['id'] ?? null, result: { outcome: { outcome: 'selected', optionId } } });
    };
  }

  /** Waits until it shows these words, one delta, as said by the agent. */
  async shows(words: string): Promise<void> {
    await this.received.take(`"${words}"`, (body) => chunk(body) === words);
  }

  /** All that it shows as said by the agent, piece by piece. */
  get shown(): readonly string[] {
    return this.received.all.map(chunk).filter((words) => words !== null);
  }

  /** Sends a request and resolves with its result. @throws {assert.AssertionError} on an error answer */
  async call(method: string, params: Json): Promise<Json> {
    const id = `editor-${(this.#requests += 1)}`;
    this.#send({ id, method, params });
    const answer = await this.received.take(`answer to ${method}`, (body) => body['id'] === id);
    assert('result' in answer, `${method}: ${JSON.stringify(answer['error'])}`);
    return answer['result'] ?? null;
  }

  /** Closes the adapter's stdin and resolves with its exit code, once it has ended with all that it has started. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end();
    await inTime(this.#exited, () => 'the end of the adapter');
    return this.#child.exitCode;
  }

  #send(body: JsonObject): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...body })}\n`);
  }

  #kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }
}

/** The words of the agent in a message of the adapter; its own warnings, which are none of a message, are left out. */
function chunk(body: JsonObject): string | null {
  const update = member(body, 'params', 'update');
  const isWords = member(update, 'sessionUpdate') === 'agent_message_chunk' && member(update, 'messageId');
  return isWords ? text(update, 'content', 'text') : null;
}
