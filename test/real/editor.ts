import assert from 'node:assert/strict';
import { isObject, member, parse, type Json, type JsonObject } from '../codex/json.js';
import { Cli, type Surroundings } from '../support/cli.js';

/** An editor that knows app-server as a command on pipes: it starts one, and never asks what it has started. */
export class Editor {
  readonly cli: Cli;
  readonly #name: string;
  #requests = 0;

  private constructor(name: string, args: readonly string[], surroundings: Surroundings) {
    this.#name = name;
    this.cli = new Cli(args, surroundings);
  }

  /** Starts that `threadcast` and shakes hands at once: what it says, if anything, on stderr is not waited for. */
  static async start(name: string, args: readonly string[], surroundings: Surroundings): Promise<Editor> {
    const editor = new Editor(name, args, surroundings);
    const clientInfo = { name, title: null, version: '1.0' };
    await editor.call('initialize', { clientInfo, capabilities: { experimentalApi: true } });
    editor.#send({ method: 'initialized' });
    return editor;
  }

  /** All that it was told. @throws {SyntaxError} a line on stdout is no JSON */
  get received(): readonly Json[] {
    return this.cli.stdout.all.map(parse);
  }

  /** Sends a request and resolves with its result. @throws {assert.AssertionError} on an error answer */
  async call(method: string, params: Json): Promise<Json> {
    const id = `${this.#name}-${(this.#requests += 1)}`;
    this.#send({ id, method, params });
    const answer = await this.#take(`answer to ${method}`, (body) => body['id'] === id);
    assert('result' in answer, `${method}: ${JSON.stringify(answer['error'])}`);
    return answer['result'] ?? null;
  }

  /** The params of the next notification of that method about that thread. */
  async notification(method: string, threadId: string): Promise<Json> {
    const body = await this.#take(
      method,
      (each) => each['method'] === method && member(each, 'params', 'threadId') === threadId,
    );
    return body['params'] ?? null;
  }

  #send(body: JsonObject): void {
    this.cli.writeLine(JSON.stringify(body));
  }

  async #take(what: string, matches: (body: JsonObject) => boolean): Promise<JsonObject> {
    const isIt = (line: string): boolean => {
      const body = parse(line);
      return isObject(body) && matches(body);
    };
    const body = parse(await this.cli.stdout.take(what, isIt));
    assert(isObject(body));
    return body;
  }
}
