import { strict as assert } from 'node:assert';
import { isUtf8 } from 'node:buffer';
import type { Logger } from 'pino';
import { RUNTIME_INITIALIZE_MS_MAX } from '../../protocol/limits.js';
import { ownRequests } from '../../protocol/methods.js';
import { serverNotifications } from '../../protocol/notifications.js';
import { initializeResult } from '../../protocol/schemas.js';
import type { InitializeResult } from '../../protocol/schemas.js';
import { serverRequests } from '../../protocol/server-requests.js';
import type { Clock } from '../clock.js';
import type { Fanout } from '../fanout.js';
import { readEnvelope } from '../framing/envelope.js';
import type { Counters } from '../ops/counters.js';
import type { InFlight } from '../requests/in-flight.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Threads } from '../thread/threads.js';

/** How an answer begins. */
const ANSWER_HEAD = /^\s*\{\s*"id"\s*:\s*(?<id>\d{1,15})\s*,\s*"result"/;

/** Who the broker is to the runtime. */
export interface UpstreamIdentity {
  readonly name: string;
  readonly version: string;
  /** Capabilities declared on top of those that the broker always declares. */
  readonly declare: readonly string[];
}

export interface UpstreamContext {
  readonly identity: UpstreamIdentity;
  readonly inFlight: InFlight;
  readonly requests: ServerRequests;
  readonly threads: Threads;
  readonly fanout: Fanout;
  readonly counters: Counters;
  readonly log: Logger;
  readonly clock: Clock;
  send(message: object): void;
}

/** The broker as a client of the runtime: initializes it once, and sorts what it says. */
export class Upstream {
  readonly #context: UpstreamContext;
  #runtime: InitializeResult | null = null;
  readonly #traces: boolean;

  constructor(context: UpstreamContext) {
    this.#context = context;
    this.#traces = context.log.isLevelEnabled('trace');
  }

  /** What the runtime answered to `initialize`; null before. */
  get runtime(): InitializeResult | null {
    return this.#runtime;
  }

  /** The same for those who come after it. */
  get initialized(): InitializeResult {
    assert(this.#runtime !== null, 'a client is attached only once the runtime is initialized');
    return this.#runtime;
  }

  /**
   * Resolves when the runtime is initialized and what it greets with has been seen.
   * @throws {Error} it answered with an error, with something else, too late, or not at all
   */
  async initialize(): Promise<void> {
    const { identity, inFlight, clock } = this.#context;
    const capabilities = Object.fromEntries(
      ['experimentalApi', 'requiredHumanApproval', ...identity.declare].map((name) => [name, true]),
    );
    const clientInfo = { name: identity.name, title: null, version: identity.version };
    let callOff = nothing;
    const timeout = new Promise<never>((_, reject) => {
      const seconds = RUNTIME_INITIALIZE_MS_MAX / 1000;
      const late = new Error(`the runtime did not answer initialize within ${seconds} s`);
      callOff = clock.after(RUNTIME_INITIALIZE_MS_MAX, () => reject(late));
    });
    try {
      const params = { clientInfo, capabilities };
      const result = await Promise.race([inFlight.ask(ownRequests.initialize, params), timeout]);
      this.#runtime = readInitializeResult(result);
      this.#context.send({ method: 'initialized' });
      // Any answer will do: what the runtime greets with it says before it.
      await Promise.race([inFlight.ask(ownRequests.probe, { limit: 1 }).catch(() => {}), timeout]);
    } finally {
      callOff();
    }
  }

  /** One line of the runtime. What is no message is dropped and counted; clients never see it. */
  line(line: Buffer): void {
    const { counters, inFlight, requests, threads, fanout } = this.#context;
    counters.runtimeLines += 1;
    counters.runtimeBytesIn += line.length;
    const envelope = isUtf8(line) ? readEnvelope(line) : null;
    if (this.#traces && envelope !== null) this.#trace(envelope.method, line.length);
    if (envelope === null) this.#odd('no JSON-RPC message', line);
    else if (envelope.method === null) {
      if (!inFlight.settle(line, envelope)) this.#odd('answers nothing', line);
    } else if (envelope.id === null) fanout.publish(line, envelope.method, envelope);
    else {
      const thread = envelope.threadId === null ? null : threads.speaking(envelope.threadId);
      requests.opened(line, envelope.id, envelope.method, thread);
    }
  }

  /** A line over the limit was dropped; `head` is how it began. Whoever waits for it as an answer is told. */
  lineTooLong(bytes: number, head: Buffer): void {
    this.#context.counters.runtimeOddities += 1;
    this.#context.counters.runtimeBytesIn += bytes;
    const id = ANSWER_HEAD.exec(head.toString('latin1'))?.groups?.['id'];
    if (id !== undefined) this.#context.inFlight.unreadable(Number(id), bytes);
    this.#context.log.warn({ bytes }, 'a line of the runtime is over the limit; dropped');
  }

  /** Which method, where it is one that we know: anything may stand there. */
  #trace(method: string | null, bytes: number): void {
    const isKnown = method !== null && (serverNotifications.has(method) || serverRequests.has(method));
    this.#context.log.trace({ method: isKnown ? method : null, bytes }, 'the runtime says');
  }

  #odd(what: string, line: Buffer): void {
    this.#context.counters.runtimeOddities += 1;
    // The line itself may hold what somebody wrote or read: its length must do.
    this.#context.log.warn({ bytes: line.length }, `a line of the runtime is dropped: ${what}`);
  }
}

function readInitializeResult(result: unknown): InitializeResult {
  const { data } = initializeResult.safeParse(result);
  if (data === undefined)
    throw new Error('the runtime answered initialize with something else: is it an app-server?');
  return data;
}

function nothing(): void {}
