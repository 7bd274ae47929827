import { serverRequest } from '../protocol/server-requests.js';
import { CallError, codes, ConnectionError } from './errors.js';
import { endOf, requestIdOf } from './fold/requests.js';
import type { RequestsFold } from './fold/requests.js';
import { idOf, objectOf, text } from './json.js';
import type { Json } from './json.js';
import { OWN_CONNECTIONS_MAX } from './limits.js';

type Id = string | number;

interface Waiting {
  readonly result: object;
  /** `true`: it counted. */
  resolve(counted: boolean): void;
  reject(error: Error): void;
}

/** What the runtime asks of this client in one thread, and what becomes of the answers. */
export class Answers {
  readonly #requests: RequestsFold;
  /** Writes a message; what cannot be written now is written after the next join. */
  readonly #write: (message: object) => void;
  readonly #own: OwnConnections;
  readonly #waiting = new Map<Id, Waiting>();

  constructor(requests: RequestsFold, own: OwnConnections, write: (message: object) => void) {
    this.#requests = requests;
    this.#own = own;
    this.#write = write;
  }

  async answer(id: Id, result: object): Promise<boolean> {
    const status = this.#requests.get(id)?.status;
    if (status === 'resolved') return false;
    if (status !== 'open')
      throw new CallError(codes.invalidRequest, 'notAsked', 'This request is not there to be answered here');
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { result, resolve, reject });
      this.#requests.answering(id, true);
      this.#give(id);
    });
  }

  /** This client is asked. */
  asked(message: Json): void {
    const id = idOf(message['id']);
    const method = text(message, 'method');
    if (id !== null && method !== null && isForPeople(method))
      this.#requests.opened(id, method, objectOf(message['params']), 'open');
  }

  /** Others are. */
  shown(params: Json): void {
    const [id, method] = [requestIdOf(params), text(params, 'method')];
    if (id !== null && method !== null)
      this.#requests.opened(id, method, objectOf(params['params']), 'watching');
  }

  /** It is over, in whichever way this client was told. */
  resolved(params: Json): void {
    const id = requestIdOf(params);
    if (id === null) return;
    const end = endOf(params);
    this.#requests.resolved(id, end);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve(end.by !== null && this.#own.has(end.by.connectionId));
  }

  /**
   * The thread is joined: these requests are open. Where nothing of what happened is missing (`recovered`), the end of
   * the others is still told.
   */
  joined(pending: readonly Json[], recovered: boolean): void {
    const ids = new Set(pending.map(({ id }) => idOf(id)).filter((id) => id !== null));
    if (!recovered) this.#requests.onlyOpen(ids);
    for (const message of pending) this.asked(message);
    for (const [id, waiting] of this.#waiting) {
      if (ids.has(id)) this.#give(id);
      else if (!recovered) {
        this.#waiting.delete(id);
        waiting.reject(new ConnectionError('connectionLost'));
      }
    }
  }

  /** The thread is gone, and with it what was asked in it. */
  over(error: Error): void {
    this.#requests.onlyOpen(new Set());
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #give(id: Id): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    try {
      this.#write({ id, result: waiting.result });
    } catch (error) {
      this.#waiting.delete(id);
      this.#requests.answering(id, false);
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Whether a request is put to all who may decide; the others are for programs, and nobody waits for them here. */
export const isForPeople = (method: string): boolean => serverRequest(method).audience === 'deciders';

/** The ids of the connections that this client has had. */
export class OwnConnections {
  readonly #ids: string[] = [];

  add(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length > OWN_CONNECTIONS_MAX) this.#ids.shift();
  }

  has(id: string): boolean {
    return this.#ids.includes(id);
  }
}
