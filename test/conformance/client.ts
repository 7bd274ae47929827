import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { isObject, member, parse, type Json, type JsonObject } from '../codex/json.js';
import type { Entry } from './transcript.js';

/** How long a client waits for an event before the scenario fails. No event is ever awaited by time alone. */
const WAIT_MS_MAX = 20_000;

/** What the Codex TUI declares. */
const TUI: Json = { experimentalApi: true, requiredHumanApproval: true };

/** A request of the server to a client. */
export interface ServerRequest {
  readonly id: Json;
  readonly params: Json;
}

interface Waiter {
  readonly matches: (body: JsonObject) => boolean;
  readonly take: (body: JsonObject) => void;
}

/**
 * One client of a scenario. It keeps all that goes over its wire. Each message that it received can be awaited
 * once, whether it is there already or is still to come; what nobody awaits stays in the transcript only.
 */
export class Client {
  readonly name: string;
  readonly transcript: Entry[] = [];
  readonly #url: string;
  #socket: WebSocket | null = null;
  #requests = 0;
  #inbox: JsonObject[] = [];
  #waiters: Waiter[] = [];

  constructor(name: string, url: string) {
    this.name = name;
    this.#url = url;
  }

  /** Whether it can be called: open, and `connect` has shaken hands. */
  ready = false;

  /** Opens and shakes hands. Resolves with the result of `initialize`. */
  async connect(capabilities: Json = TUI): Promise<Json> {
    await this.open();
    const clientInfo = { name: this.name, title: null, version: '1.0' };
    const result = await this.call('initialize', { clientInfo, capabilities });
    this.notify('initialized');
    this.ready = true;
    return result;
  }

  /** Opens the wire and sends nothing. */
  async open(): Promise<void> {
    assert(!this.#socket, `${this.name} is open already`);
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    await once(socket, 'open');
    this.#socket = socket;
    this.transcript.push({ direction: 'wire', body: { wire: 'opened' } });
    socket.on('message', (data: Buffer) => this.#received(parse(data.toString())));
    socket.on('close', (code) => this.#closed(code));
  }

  /** Closes the wire, if it is open. */
  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    socket.close();
    await once(socket, 'close');
  }

  /** Sends a request and resolves with its result. @throws {assert.AssertionError} on an error answer. */
  async call(method: string, params?: Json): Promise<Json> {
    const answer = await this.answered(this.ask(method, params));
    assert('result' in answer, `${this.name}: ${method}: ${JSON.stringify(answer['error'])}`);
    return answer['result'] ?? null;
  }

  /** Sends a request that is to fail and resolves with its error. @throws {assert.AssertionError} on a result. */
  async refused(method: string, params?: Json): Promise<Json> {
    const answer = await this.answered(this.ask(method, params));
    assert('error' in answer, `${this.name}: ${method} was not refused`);
    return answer['error'] ?? null;
  }

  /** Sends a request and returns its id, for `answered`. */
  ask(method: string, params?: Json, id: Json = (this.#requests += 1)): Json {
    this.#send(params === undefined ? { id, method } : { id, method, params });
    return id;
  }

  /** The whole answer to a request that was sent with that id. */
  async answered(id: Json): Promise<JsonObject> {
    return await this.#take(
      `answer to ${JSON.stringify(id)}`,
      (body) => !('method' in body) && body['id'] === id,
    );
  }

  /** The params of the next notification of that method, and of that kind. */
  async notification(method: string, matches: (params: Json) => boolean = () => true): Promise<Json> {
    const body = await this.#take(
      method,
      (each) => each['method'] === method && !('id' in each) && matches(each['params'] ?? null),
    );
    return body['params'] ?? null;
  }

  /** The next request of the server of that method. */
  async request(method: string): Promise<ServerRequest> {
    const body = await this.#take(method, (each) => each['method'] === method && 'id' in each);
    return { id: body['id'] ?? null, params: body['params'] ?? null };
  }

  /** Answers a request of the server. */
  answer(request: ServerRequest, result: Json): void {
    this.#send({ id: request.id, result });
  }

  /** Answers a request of the server with an error. */
  reject(request: ServerRequest, error: Json): void {
    this.#send({ id: request.id, error });
  }

  /** One round trip, after which only what is received later can be awaited. */
  async settle(): Promise<void> {
    await this.call('thread/loaded/list', {});
    this.#inbox = [];
  }

  notify(method: string, params?: Json): void {
    this.#send(params === undefined ? { method } : { method, params });
  }

  /** Sends the characters as they are, in one text frame. */
  raw(data: string): void {
    assert(this.#socket, `${this.name} is not open`);
    this.transcript.push({ direction: 'sent', body: { raw: data } });
    this.#socket.send(data);
  }

  #send(body: JsonObject): void {
    assert(this.#socket, `${this.name} is not open`);
    this.transcript.push({ direction: 'sent', body });
    this.#socket.send(JSON.stringify(body));
  }

  #received(body: Json): void {
    this.transcript.push({ direction: 'received', body });
    if (!isObject(body)) return;
    const waiter = this.#waiters.find((each) => each.matches(body));
    if (waiter) waiter.take(body);
    else this.#inbox.push(body);
  }

  #closed(code: number): void {
    this.transcript.push({ direction: 'wire', body: { wire: `closed ${code}` } });
    this.#socket = null;
    this.ready = false;
  }

  async #take(what: string, matches: (body: JsonObject) => boolean): Promise<JsonObject> {
    const index = this.#inbox.findIndex(matches);
    const [found] = index === -1 ? [] : this.#inbox.splice(index, 1);
    return found ?? (await this.#wait(what, matches));
  }

  async #wait(what: string, matches: (body: JsonObject) => boolean): Promise<JsonObject> {
    return await new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
      };
      const waiter: Waiter = {
        matches,
        take: (body) => {
          done();
          resolve(body);
        },
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${this.name} waited in vain for ${what}; not awaited: ${this.#unawaited()}`));
      }, WAIT_MS_MAX);
      this.#waiters.push(waiter);
    });
  }

  #unawaited(): string {
    return this.#inbox.map((body) => JSON.stringify(member(body, 'method') ?? body)).join(', ');
  }
}
