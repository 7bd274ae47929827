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
 * The adapter with which editors that speak the Agent Client Protocol use Codex. It starts `codex app-server` and is
 * its client. The Codex that it brings itself is left out: it is told where ours is.
 */
const adapter = await installProgram({
  name: '@agentclientprotocol/codex-acp',
  version: '2.6.0',
  options: ['--omit=optional'],
});

/** Why a test with the adapter has to be skipped; false when it need not be. */
export const noAdapter: string | false = 'missing' in adapter ? adapter.missing : noCodex;

/** Puts a program there that is called as `codex` is, and starts the broker in front of the real one. */
export async function brokerAsCodex({ home, stateDir, codex }: Stage): Promise<string> {
  const file = path.join(home.root, 'codex');
  const own = ['--stdio', '--state-dir', stateDir, '--listen', 'ws://127.0.0.1:0'];
  const words = [...threadcast, ...own, '--', codex].map((word) => `'${word}'`);
  await writeFile(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

/** An editor's end of the Agent Client Protocol, with the adapter at the other one. */
export class Editor {
  readonly received = new Inbox<JsonObject>('the adapter');
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #requests = 0;

  /** With that program where the adapter expects Codex. */
  static async start(t: Test, { home }: Stage, codex: string): Promise<Editor> {
    // Its own default asks a model instead of the user.
    const env = { ...home.env, CODEX_PATH: codex, INITIAL_AGENT_MODE: 'read-only' };
    const editor = new Editor(env, home.work);
    t.teardown(() => editor.#kill());
    await editor.call('initialize', { protocolVersion: 1, clientCapabilities: {} });
    return editor;
  }

  private constructor(env: Readonly<Record<string, string>>, cwd: string) {
    assert('command' in adapter);
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

  /** Sends a request and resolves with its result. @throws {assert.AssertionError} on an error answer */
  async call(method: string, params: Json): Promise<Json> {
    const id = `editor-${(this.#requests += 1)}`;
    this.#send({ id, method, params });
    const answer = await this.received.take(`answer to ${method}`, (body) => body['id'] === id);
    assert('result' in answer, `${method}: ${JSON.stringify(answer['error'])}`);
    return answer['result'] ?? null;
  }

  notify(method: string, params: Json): void {
    this.#send({ method, params });
  }

  async prompt(sessionId: string, words: string): Promise<Json> {
    return await this.call('session/prompt', { sessionId, prompt: [{ type: 'text', text: words }] });
  }

  /** Answers the next request for a permission, with that of its options. */
  async permit(kind: string): Promise<Json> {
    const asked = await this.received.take(
      'request for a permission',
      (body) => body['method'] === 'session/request_permission',
    );
    const options = member(asked, 'params', 'options');
    assert(isList(options));
    const option = options.find((each) => member(each, 'kind') === kind);
    const outcome = { outcome: 'selected', optionId: text(option, 'optionId') };
    this.#send({ id: asked['id'] ?? null, result: { outcome } });
    return asked['params'] ?? null;
  }

  /** Closes its pipe, as an editor that ends, and waits until it has ended, with what it has started. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end();
    await inTime(this.#exited, () => 'the end of the adapter');
    return this.#child.exitCode;
  }

  #send(body: JsonObject): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...body })}\n`);
  }

  #kill(): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null)
      process.kill(-this.#child.pid, 'SIGKILL');
  }
}
