import type { Logger } from 'pino';
import { errorBody, errors } from '../../protocol/errors.js';
import { threadIdOf } from '../../protocol/messages.js';
import type { StatusResult, UnsubscribeResult } from '../../protocol/schemas.js';
import { Refusal } from '../requests/refusal.js';
import type { AnyError } from '../requests/refusal.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Threads } from '../thread/threads.js';
import type { Connection } from './connection.js';
import { TOO_MANY } from './connection.js';
import type { Joins } from './joins.js';
import type { DecodedRequest } from './session.js';
import type { SlowMethod } from './slow-methods.js';
import type { Streams } from './streams.js';

/**
 * One method of the broker's own: its result, `later` where it answers by itself, or undefined where it has no answer
 * to this one and the runtime is asked.
 */
type Method = (connection: Connection, request: DecodedRequest) => object | 'later' | undefined;

const THREAD_ID = /^[\w-]+$/;

export interface BrokerMethodsContext {
  readonly threads: Threads;
  readonly requests: ServerRequests;
  readonly joins: Joins;
  readonly streams: Streams;
  /** Those whose answers come later, by name. */
  readonly slow: ReadonlyMap<string, SlowMethod>;
  readonly log: Logger;
  status(): StatusResult;
}

/** The methods that the broker answers itself, `initialize` aside, which makes the session. */
export class BrokerMethods {
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #context: BrokerMethodsContext;

  constructor(context: BrokerMethodsContext) {
    this.#context = context;
    this.#methods = new Map<string, Method>([
      ['thread/unsubscribe', (connection, { params }) => this.#unsubscribe(connection, params)],
      ['broker/status', () => this.#context.status()],
      [
        'broker/thread/join',
        (connection, request) => {
          this.#context.joins.join(connection, request);
          return 'later';
        },
      ],
    ]);
  }

  /** Queues the answer, now or later. False when there is none. */
  answer(connection: Connection, request: DecodedRequest): boolean {
    const slow = this.#context.slow.get(request.method);
    if (slow !== undefined) {
      void this.#answerLater(slow, connection, request);
      return true;
    }
    const result = this.#methods.get(request.method)?.(connection, request);
    if (result === undefined) return false;
    if (result !== 'later') connection.answer(request.id, result);
    return true;
  }

  async #answerLater(method: SlowMethod, connection: Connection, request: DecodedRequest): Promise<void> {
    if (!connection.mayAsk) {
      connection.refuse(request.id, TOO_MANY);
      return;
    }
    connection.waiting += 1;
    try {
      const result = await method(connection, request.params);
      connection.answer(request.id, result);
    } catch (error) {
      connection.refuse(request.id, this.#errorOf(error));
    } finally {
      connection.waiting -= 1;
    }
  }

  #errorOf(error: unknown): AnyError {
    if (error instanceof Refusal) return error.error;
    this.#context.log.error({ error }, 'a request could not be worked off');
    return errorBody(errors.brokerFailed, 'The broker has failed to work this off; its log says why');
  }

  /**
   * Ends one subscription. The runtime is never told, for it knows one connection, which all share; it is only asked
   * what is wrong with what cannot be a thread's id.
   */
  #unsubscribe(connection: Connection, params: unknown): UnsubscribeResult | undefined {
    const threadId = threadIdOf(params) ?? '';
    const thread = this.#context.threads.loaded(threadId);
    const isCalledOff = this.#context.threads.openings.callOff(connection, threadId);
    if (thread === null) return THREAD_ID.test(threadId) ? { status: 'notLoaded' } : undefined;
    if (!thread.subscribers.has(connection))
      return { status: isCalledOff ? 'unsubscribed' : 'notSubscribed' };
    this.#context.threads.unsubscribe(connection, thread);
    this.#context.requests.unsubscribed(thread);
    this.#context.streams.unsubscribed(connection, threadId);
    return { status: 'unsubscribed' };
  }
}
