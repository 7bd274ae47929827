import type { Connection } from './connection.js';
import { saysTheSame } from './history.js';
import type { Asked } from './history.js';
import { object } from './message.js';
import type { Json, Message } from './message.js';

/** What one client was asked, and what it was told about its answers. */
export class Asks {
  /** The requests that it was asked, and how often. */
  readonly times = new Map<Asked, number>();
  /** Late answers of its own that it has not been told about, by the ids of the requests. */
  readonly late: unknown[] = [];
  /** What it answered without having been asked. Once such a request is gone, the broker may tell it so. */
  readonly strays = new Set<unknown>();
  /** The requests that it was shown, because it only looks on. */
  readonly shown = new Set<Asked>();
  /** Answers that it may ask again for: each resume and join of a thread brings what is open there. */
  readonly #openings = new Map<string, number>();
  readonly #resolved = new Set<Asked>();
  readonly #of: Connection;

  constructor(of: Connection) {
    this.#of = of;
  }

  /** It was subscribed to a thread, once more perhaps. */
  opening(threadId: string): void {
    this.#openings.set(threadId, (this.#openings.get(threadId) ?? 0) + 1);
  }

  /** It was asked: by an entry of a log, late, or in the answer to a join. */
  take(message: Message): void {
    const entry = this.#of.history.entryOf(message);
    const asked = entry?.asked ?? null;
    if (entry === undefined || asked === null || !saysTheSame(message, entry)) {
      this.#of.fail(`was asked what nobody asks: ${JSON.stringify(message)}`);
      return;
    }
    const times = (this.times.get(asked) ?? 0) + 1;
    this.times.set(asked, times);
    this.#sameId(asked, message.id);
    if (!this.#of.capabilities.mayBeAsked(asked))
      this.#of.fail(`was asked what is not for it: ${entry.line}`);
    if (asked.single) this.#takesOver(asked);
    if (this.#resolved.has(asked))
      this.#of.fail(`was asked again what it was told is resolved: ${entry.line}`);
    if (times > 1 + (this.#openings.get(asked.threadId) ?? 0))
      this.#of.fail(`was asked ${times} times: ${entry.line}`);
  }

  /** What is for one alone is put to the next one only when the one before has gone. */
  #takesOver(asked: Asked): void {
    const { history, context } = this.#of;
    const holder = history.holders.get(asked);
    const isFree = holder === undefined || context.isGone(holder);
    if (!isFree) this.#of.fail(`was asked what ${holder} is asked: ${JSON.stringify(asked.message)}`);
    history.holders.set(asked, this.#of.name);
  }

  /** It was told that a request is open no more, and on a v1 wire, how that came. */
  resolved(asked: Asked, { params = {} }: Message): void {
    this.#resolved.add(asked);
    this.#sameId(asked, params['requestId']);
    if (this.#of.isV1) this.#isTrue(asked, params);
  }

  /** It was told that an answer of its own came too late. */
  toldLate(params: Json): void {
    const { requestId } = params;
    const asked = this.#of.history.askedAs(requestId);
    const at = this.late.indexOf(requestId);
    if (asked === undefined || (at === -1 && !this.strays.has(requestId)))
      this.#of.fail(`was told that its answer to ${String(requestId)} came too late, which is not so`);
    else this.#isTrue(asked, params);
    if (at !== -1) this.late.splice(at, 1);
  }

  #isTrue({ by, outcome }: Asked, told: Json): void {
    const isTrue = told['outcome'] === outcome && (object(told, 'by')['clientName'] ?? null) === by;
    if (!isTrue) this.#of.fail(`was told ${JSON.stringify(told)}, but it was ${outcome} by ${by}`);
  }

  /** It was told of a request that it only looks on. */
  opened({ requestId, method, params }: Json): void {
    const message = { method: String(method), params: params as Json };
    const entry = this.#of.history.entryOf(message);
    const asked = entry?.asked ?? null;
    if (entry === undefined || asked === null || !saysTheSame(message, entry)) {
      this.#of.fail(`was told of a request that there is not: ${JSON.stringify(params)}`);
    } else {
      this.shown.add(asked);
      this.#sameId(asked, requestId);
    }
    if (!this.#of.capabilities.declared.observer)
      this.#of.fail('was told of a request as if it only looked on');
  }

  /** Clients know each request by one id, and no other by the same. */
  #sameId(asked: Asked, id: unknown): void {
    const { history } = this.#of;
    if (!history.knowAs(asked, id))
      this.#of.fail(`knows ${String(id)} as another request than the others do`);
  }
}
