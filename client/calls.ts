import { CallError, codes, ConnectionError, invalidAnswer } from './errors.js';
import { number, object, text } from './json.js';
import type { Json } from './json.js';
import { CALLS_IN_FLIGHT_MAX, CALLS_WAITING_MAX } from './limits.js';

/** What becomes of a call. One of the two is called, once, in the same step in which the answer was read. */
export interface Outcome {
  answered(result: unknown): void;
  failed(error: Error): void;
}

interface Call extends Outcome {
  readonly method: string;
  readonly params: object;
  /** Whether it waits for a connection; else it ends with the one that there is. */
  readonly waits: boolean;
}

/** Writes a message. @throws what cannot be written */
export type Send = (message: object) => void;

/** The calls that have been made and are not answered. */
export class Calls {
  #send: Send | null = null;
  #waiting: Call[] = [];
  readonly #inFlight = new Map<number, Call>();
  #lastId = 0;
  #closed = false;

  make(method: string, params: object, outcome: Outcome, waits: boolean): void {
    const call: Call = {
      method,
      params,
      waits,
      answered: (result) => outcome.answered(result),
      failed: (error) => outcome.failed(error),
    };
    if (this.#closed) outcome.failed(new ConnectionError('closed'));
    else if (this.#send === null && !waits) outcome.failed(new ConnectionError('connectionLost'));
    else if (this.#waiting.length >= CALLS_WAITING_MAX)
      outcome.failed(new CallError(codes.unavailable, 'overloaded', 'Too many calls wait to be made'));
    else {
      this.#waiting.push(call);
      this.#goOn();
    }
  }

  /** The same for those who wait for it. */
  async promised(method: string, params: object, waits = true): Promise<unknown> {
    return await new Promise((answered, failed) => this.make(method, params, { answered, failed }, waits));
  }

  /** Asks what whoever is there answers, with a result or an error, before all that waits. */
  prove(method: string, params: object, proven: () => void): void {
    const failed = (error: Error): void => {
      if (error instanceof CallError) proven();
    };
    this.#put({ method, params, waits: false, answered: proven, failed });
  }

  /** There is a connection: what waits is sent. */
  open(send: Send): void {
    this.#send = send;
    this.#goOn();
  }

  /** It is gone. */
  lost(): void {
    this.#send = null;
    const over = [...this.#inFlight.values(), ...this.#waiting.filter(({ waits }) => !waits)];
    this.#inFlight.clear();
    this.#waiting = this.#waiting.filter(({ waits }) => waits);
    for (const call of over) call.failed(new ConnectionError('connectionLost'));
  }

  close(): void {
    this.#closed = true;
    this.lost();
    for (const call of this.#waiting.splice(0)) call.failed(new ConnectionError('closed'));
  }

  /** An answer. One to nothing is dropped. */
  answer(message: Json): void {
    const id = number(message, 'id') ?? -1;
    const call = this.#inFlight.get(id);
    if (call === undefined) return;
    this.#inFlight.delete(id);
    if (message['error'] !== undefined) call.failed(errorOf(message));
    else if (message['result'] === undefined) call.failed(invalidAnswer(call.method));
    else call.answered(message['result']);
    this.#goOn();
  }

  #goOn(): void {
    while (this.#send !== null && this.#inFlight.size < CALLS_IN_FLIGHT_MAX) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      this.#put(call);
    }
  }

  #put(call: Call): void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#inFlight.set(id, call);
    try {
      this.#send?.({ id, method: call.method, params: call.params });
    } catch (error) {
      this.#inFlight.delete(id);
      call.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** The error of an answer. */
export function errorOf(message: Json): CallError {
  const error = object(message, 'error');
  const reason = text(object(error, 'data'), 'reason') ?? '';
  return new CallError(number(error, 'code') ?? codes.invalidAnswer, reason, text(error, 'message') ?? '');
}
