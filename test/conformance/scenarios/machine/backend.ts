import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { parse, type Json } from '../../../codex/json.js';
import type { Folders } from '../../../codex/server.js';

/** A request that is answered by a function or, when `hold` has been called, by the scenario. */
export interface Asked {
  readonly body: Json;
  readonly response: ServerResponse;
  readonly hold: () => void;
}

/** `BASE` in an answer stands for the server's own URL; null is an answer without content. */
type Page = Json | ((asked: Asked) => Json);

/** What is served: `METHOD /path`, without the query, and its answer. */
export type Pages = Readonly<Record<string, Page>>;

type Arrival = 'held' | 'socket';

/** How long a scenario waits to be asked. */
const WAIT_MS_MAX = 20_000;

const running = new Map<string, Backend>();

/** A web server in this process for what Codex asks of services other than its model. */
export class Backend {
  readonly #pages: Pages;
  readonly #server = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #events = new EventEmitter();
  readonly #arrived: Record<Arrival, unknown[]> = { held: [], socket: [] };

  private constructor(pages: Pages) {
    this.#pages = pages;
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#arrives('socket', opened));
    });
    // A play that fails does not stop it.
    this.#server.unref();
  }

  /**
   * For a scenario's `prepare`: starts one. `change` makes Codex's config say what that is for: by default, that it
   * is its ChatGPT.
   */
  static async prepare(
    { root, home }: Folders,
    pages: Pages,
    change: (toml: string, url: string) => string = asChatGpt,
  ): Promise<void> {
    const backend = new Backend(pages);
    running.set(root, backend);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    const file = path.join(home, 'config.toml');
    await writeFile(file, change(await readFile(file, 'utf8'), backend.url));
  }

  /** The one of this play. */
  static of({ root }: Pick<Folders, 'root'>): Backend {
    const backend = running.get(root);
    assert(backend);
    return backend;
  }

  get url(): string {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The next request that is held. */
  async held(): Promise<Asked> {
    return await this.#next<Asked>('held');
  }

  /** The next WebSocket that is opened to it. */
  async socket(): Promise<WebSocket> {
    return await this.#next<WebSocket>('socket');
  }

  /** What came and nobody has taken, or what comes next. */
  async #next<What>(name: Arrival): Promise<What> {
    const [there] = this.#arrived[name].splice(0, 1);
    if (there !== undefined) return there as What;
    const [what]: unknown[] = await once(this.#events, name, { signal: AbortSignal.timeout(WAIT_MS_MAX) });
    return what as What;
  }

  #arrives(name: Arrival, what: unknown): void {
    if (!this.#events.emit(name, what)) this.#arrived[name].push(what);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const page = this.#pages[`${request.method} ${request.url?.replace(/\?.*/, '')}`];
    if (typeof page !== 'function') {
      this.#answer(response, page);
      return;
    }
    const state = { held: false };
    const hold = (): void => {
      state.held = true;
    };
    const asked = { body: body.startsWith('{') ? parse(body) : body, response, hold };
    const answer = page(asked);
    if (state.held) this.#arrives('held', asked);
    else this.#answer(response, answer);
  }

  #answer(response: ServerResponse, answer: Json | undefined): void {
    response.statusCode = answer === undefined ? 404 : 200;
    if (answer === null) response.statusCode = 204;
    response.setHeader('content-type', 'application/json');
    response.end(answer === null ? '' : JSON.stringify(answer ?? {}).replaceAll('BASE', this.url));
  }

  stop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A login with a token as ChatGPT gives it, which nobody has signed. */
export function tokenLogin(email: string): Json {
  const account = { chatgpt_account_id: 'account-1', chatgpt_user_id: 'user-1', chatgpt_plan_type: 'pro' };
  const claims = { email, exp: 4_102_444_800, 'https://api.openai.com/auth': account };
  const accessToken = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.${encode('nobody')}`;
  return {
    type: 'chatgptAuthTokens',
    accessToken,
    chatgptAccountId: 'account-1',
    chatgptPlanType: 'pro',
  };
}

function asChatGpt(toml: string, url: string): string {
  return `chatgpt_base_url = "${url}/backend-api"\n${toml}`;
}

/** Goes where a browser would be sent to by somebody who agrees. */
export async function agree(authorizationUrl: string): Promise<void> {
  const asked = new URL(authorizationUrl).searchParams;
  const back = new URL(asked.get('redirect_uri') ?? '');
  back.searchParams.set('code', 'code-1');
  back.searchParams.set('state', asked.get('state') ?? '');
  await fetch(back);
}
