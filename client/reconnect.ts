import { close } from '../protocol/close.js';
import type { Clock, Codec, ConnectOptions, SocketLike } from './api.js';
import { backoffMs } from './backoff.js';
import type { Send } from './calls.js';
import { json } from './codec.js';
import type { Json } from './json.js';
import { STEADY_MS } from './limits.js';
import { Link } from './link.js';
import type { End, Greeting } from './link.js';
import { Listeners } from './listeners.js';
import { platformClock, platformSocket, platformWakeup } from './platform.js';
import type { Position } from './positions.js';
import { whyRefused } from './refusal.js';
import { Silence } from './silence.js';
import type { ConnectionState, Observable, Unsubscribe } from './types.js';

/** Who lives on the connection. */
export interface Session {
  /** Where it stands in the lobby; null where it was never there. */
  lobby(): Position | null;
  /** It is connected again, or for the first time. */
  greeted(greeting: Greeting, send: Send): void;
  message(message: Json): void;
  /** Asks what whoever is there answers. */
  proveAlive(proven: () => void): void;
  lost(): void;
  /** For good. */
  closed(): void;
}

/** What may stand in a subprotocol, and so what a token can be. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

const START: ConnectionState = {
  status: 'connecting',
  attempt: 0,
  retryAt: null,
  lastCut: null,
  missed: null,
  proving: false,
  connectionId: null,
  role: null,
  broker: null,
};

/** Keeps a connection: makes it, notices its end, and makes it anew for as long as that may help. */
export class Reconnect implements Observable<ConnectionState> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly #options: ConnectOptions;
  readonly #codecs: readonly Codec[];
  readonly #socket: (url: string, subprotocols: readonly string[]) => SocketLike;
  readonly #session: Session;
  readonly #listeners = new Listeners();
  readonly #silence: Silence;
  readonly #sleepOn: Unsubscribe;
  #state = START;
  #link: Link | null = null;
  /** Ends in a row, those of connections that did not hold included. */
  #failures = 0;
  #lastConnectionId: string | null = null;
  #stopWaiting: () => void = () => {};
  #steady: () => void = () => {};

  constructor(options: ConnectOptions, session: Session) {
    this.#options = options;
    this.#session = session;
    this.clock = options.clock ?? platformClock;
    this.random = options.random ?? Math.random;
    this.#codecs = [...(options.codecs ?? []), json];
    this.#socket = options.socket ?? platformSocket;
    this.#silence = new Silence(this.clock, {
      ask: (proven) => this.#session.proveAlive(proven),
      waits: (proving) => this.#set({ proving }),
      gone: () => this.#link?.giveUp('silent'),
    });
    this.#sleepOn = (options.wakeup ?? platformWakeup)((what) => this.#wake(what));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /** @throws {TypeError} where no socket can be made at all: a URL that is none, a platform without any */
  start(): void {
    try {
      this.#connect();
    } catch (error) {
      this.#over({});
      throw error;
    }
  }

  retryNow(): void {
    if (this.#state.status === 'waiting') this.#again();
  }

  /** All that is watched is as the broker has it, or is not any more. */
  setLive(live: boolean, missed: ConnectionState['missed']): void {
    const { status, lastCut } = this.#state;
    if (status !== 'live' && status !== 'catchingUp') return;
    if (live === (status === 'live')) return;
    const first = live && this.#state.missed === null && lastCut !== null;
    this.#set({ status: live ? 'live' : 'catchingUp', ...(first && { missed }) });
  }

  /** What has come makes no sense without what has not. */
  startOver(): void {
    this.#link?.giveUp('gone');
  }

  close(): void {
    if (this.#state.status === 'closed') return;
    this.#link?.close();
    this.#over({});
  }

  #set(changes: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#listeners.changed();
  }

  #connect(): void {
    const shown = this.#token();
    if (shown !== null && !TOKEN.test(shown)) {
      const { code, reason } = close.unauthorized;
      this.#over({ lastCut: { code, reason, pendingBytes: null, at: this.clock.now() } });
      return;
    }
    const lobby = this.#session.lobby();
    const before = {
      ...(lobby !== null && { lobby }),
      ...(this.#lastConnectionId !== null && { previousConnectionId: this.#lastConnectionId }),
    };
    this.#set({ status: 'connecting', attempt: this.#state.attempt + 1, retryAt: null });
    const given = { options: this.#options, codecs: this.#codecs, socket: this.#socket, clock: this.clock };
    this.#link = new Link(
      { ...given, token: shown, before },
      {
        greeted: (greeting) => this.#greeted(greeting),
        message: (message) => {
          this.#silence.heard();
          this.#session.message(message);
        },
        ended: (end) => void this.#ended(end, shown),
      },
    );
  }

  #token(): string | null {
    const { token } = this.#options;
    try {
      return (typeof token === 'function' ? token() : token) || null;
    } catch {
      // A storage that may not be read holds no token.
      return null;
    }
  }

  #greeted({ connectionId, role, broker, previous, ...greeting }: Greeting): void {
    const { lastCut } = this.#state;
    const known = lastCut !== null && previous !== null;
    const told = known && {
      lastCut: {
        ...lastCut,
        pendingBytes: previous.pendingBytes,
        // A close frame, or what was seen here, says more than that it is gone.
        reason: lastCut.reason === 'gone' ? previous.reason : lastCut.reason,
      },
    };
    this.#lastConnectionId = connectionId;
    this.#set({ status: 'catchingUp', attempt: 0, connectionId, role, broker, ...told });
    this.#silence.start();
    this.#steady = this.clock.after(STEADY_MS, () => {
      this.#failures = 0;
    });
    const link = this.#link;
    this.#session.greeted({ connectionId, role, broker, previous, ...greeting }, (message) =>
      link?.send(message),
    );
  }

  async #ended(end: End, token: string | null): Promise<void> {
    const wasGreeted = this.#state.connectionId !== null;
    this.#link = null;
    this.#silence.stop();
    this.#steady();
    if (wasGreeted) {
      const cut = { code: end.code, reason: end.reason, pendingBytes: null, at: this.clock.now() };
      this.#set({
        status: 'waiting',
        connectionId: null,
        role: null,
        broker: null,
        lastCut: cut,
        missed: null,
      });
      this.#session.lost();
    }
    const isUnclear = !end.opened && end.retry && end.reason === 'gone';
    const why = isUnclear ? await whyRefused(this.#options, token, this.clock) : null;
    if (this.#state.status === 'closed') return;
    const { code, reason, retry } = why ?? end;
    if (retry) this.#wait();
    else this.#over({ lastCut: { code, reason, pendingBytes: null, at: this.clock.now() } });
  }

  #wait(): void {
    const ms = backoffMs(this.#failures, this.random);
    this.#failures += 1;
    this.#set({ status: 'waiting', retryAt: this.clock.now() + ms });
    this.#stopWaiting = this.clock.after(ms, () => this.#again());
  }

  #again(): void {
    this.#stopWaiting();
    try {
      this.#connect();
    } catch {
      // It could be made once, so it may be again.
      this.#wait();
    }
  }

  #wake(what: 'retry' | 'doubt'): void {
    const { status } = this.#state;
    if (what === 'retry' && status === 'waiting') this.retryNow();
    else if (status === 'live' || status === 'catchingUp') this.#silence.prove();
  }

  #over(changes: Partial<ConnectionState>): void {
    this.#sleepOn();
    this.#stopWaiting();
    this.#silence.stop();
    this.#steady();
    this.#link = null;
    this.#set({ ...changes, status: 'closed', retryAt: null, connectionId: null, role: null, broker: null });
    this.#session.closed();
  }
}
