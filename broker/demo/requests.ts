import assert from 'node:assert';
import { RUNNING_TURNS_MAX } from './limits.js';

/** What the client answered: a result, or null for an error answer. */
export type Answer = Readonly<Record<string, unknown>> | null;

interface OpenRequest {
  readonly id: number;
  readonly threadId: string;
  /** The whole message, to be sent again as it was. */
  readonly line: string;
  readonly settle: (answer: Answer) => void;
}

/** Requests to the client that wait for an answer, by their ids 0, 1, 2 … */
export class OpenRequests {
  readonly #open = new Map<unknown, OpenRequest>();
  #nextId = 0;

  /** @returns the message to send. `settle` is called at most once, by whoever takes the request. */
  open(method: string, threadId: string, params: object, settle: OpenRequest['settle']): string {
    assert(this.#open.size < RUNNING_TURNS_MAX, 'a turn asks one thing at a time');
    const id = this.#nextId;
    this.#nextId += 1;
    const line = JSON.stringify({ method, id, params });
    this.#open.set(id, { id, threadId, line, settle });
    return line;
  }

  /** The request with this id, which is open no more; undefined when nothing like it was asked. */
  take(id: unknown): OpenRequest | undefined {
    const request = this.#open.get(id);
    this.#open.delete(id);
    return request;
  }

  ofThread(threadId: string): OpenRequest[] {
    return [...this.#open.values()].filter((request) => request.threadId === threadId);
  }
}
