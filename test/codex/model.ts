import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { parse } from './json.js';
import { ModelTurn } from './model-turn.js';
import { readRequest, type ModelRequest } from './model-request.js';

/**
 * Decides by `turn.request` what to stream. The turn is finished when it returns, unless it has done so itself.
 * A script that never returns leaves the model thinking.
 */
export type Script = (turn: ModelTurn) => void | Promise<void>;

/** What a request is answered with before the model comes into it. */
export interface Reception {
  /** Other than 200: the request is turned away, and the model never hears of it. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What one that is turned away is told. */
  readonly body?: object;
}

/** A model server in this process with no model behind it: what Codex is told is scripted, and nothing is timed. */
export class ScriptedModel {
  /** What requests get that no `hold` waits for. */
  script: Script = obey;
  /** How requests are received. */
  reception: (request: ModelRequest) => Reception = () => ({});
  readonly #server: Server;
  readonly #threads = new Map<string, number>();
  #holds: { matches: (request: ModelRequest) => boolean; take: (turn: ModelTurn) => void }[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ScriptedModel> {
    const model = new ScriptedModel(createServer());
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  /** What `base_url` of the provider is set to. */
  get url(): string {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  /**
   * The next request that matches is not for the script but for the test, which streams it step by step and
   * must finish it. Matched by its user's text, before any tool's output, when given a string.
   */
  async hold(match: string | ((request: ModelRequest) => boolean)): Promise<ModelTurn> {
    const matches =
      typeof match === 'string'
        ? (request: ModelRequest): boolean => request.text === match && request.output === null
        : match;
    return await new Promise((take) => this.#holds.push({ matches, take }));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url?.endsWith('/responses') !== true) {
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"list","data":[]}');
      return;
    }
    const read = readRequest(request.headers, parse(await readText(request)));
    const { status = 200, headers = {}, body = {} } = this.reception(read);
    if (status === 200) {
      await this.#answer(new ModelTurn(read, this.#numberOf(read.threadId), response, headers));
      return;
    }
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  /** Numbers count within a thread: threads that run at the same time must not shift each other's item ids. */
  #numberOf(threadId: string): number {
    const number = (this.#threads.get(threadId) ?? 0) + 1;
    this.#threads.set(threadId, number);
    return number;
  }

  async #answer(turn: ModelTurn): Promise<void> {
    const hold = this.#holds.find((each) => each.matches(turn.request));
    if (hold) {
      this.#holds = this.#holds.filter((each) => each !== hold);
      hold.take(turn);
      return;
    }
    await this.script(turn);
    turn.finish();
  }
}

/**
 * The default script does what the user's text says: `run COMMAND` asks to run it outside the sandbox,
 * `spawn TEXT` starts a sub-agent with that text and waits for it, `fail` fails; all else is repeated.
 */
function obey(turn: ModelTurn): void {
  const { text, output } = turn.request;
  const [verb = '', ...words] = text.split(' ');
  const rest = words.join(' ');
  if (output !== null) followUp(turn, output);
  else if (text.startsWith('<subagent_notification>')) turn.say('All ', 'done.');
  else if (verb === 'run') turn.run(rest);
  else if (verb === 'spawn') turn.spawnAgent(rest);
  else if (verb === 'fail') turn.fail('told to fail');
  else turn.say('You ', 'said ', text);
}

function followUp(turn: ModelTurn, output: string): void {
  const agent = /"agent_id":"([^"]+)"/.exec(output)?.[1];
  if (agent === undefined) turn.say('That ', 'is done.');
  else turn.waitForAgent(agent);
}
