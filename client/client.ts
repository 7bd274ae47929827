import type { Calls as CallTypes, Client, ConnectOptions, WatchedList, WatchedThread } from './api.js';
import { isForPeople, OwnConnections } from './answers.js';
import { Calls } from './calls.js';
import type { Send } from './calls.js';
import { codes, invalidAnswer } from './errors.js';
import { requestIdOf } from './fold/requests.js';
import { idOf, number, object, text, told } from './json.js';
import type { Json } from './json.js';
import type { Greeting } from './link.js';
import { ThreadList } from './list.js';
import type { ListQuery } from './list.js';
import { callSafely } from './listeners.js';
import { Standing } from './positions.js';
import { Presence } from './presence.js';
import { Reconnect } from './reconnect.js';
import type { Session } from './reconnect.js';
import { Threads } from './threads.js';
import type { ThreadContext } from './thread.js';
import type { Unsubscribe } from './types.js';
import { LOBBY } from '../protocol/wires.js';

type Listener = (params: unknown, method: string) => void;

/** Puts the parts together, and each message to the part that it is for. */
export class BrokerClient implements Client, Session {
  readonly connection: Reconnect;
  readonly presence: Presence;
  readonly #calls = new Calls();
  readonly #threads: Threads;
  readonly #context: ThreadContext;
  readonly #lists = new Set<ThreadList>();
  readonly #lobby = new Standing();
  readonly #own = new OwnConnections();
  readonly #listeners = new Map<string, Set<{ readonly run: Listener }>>();
  #send: Send = () => {};
  /** Up to where the lobby is catching up. */
  #lobbyUntil = 0;
  /** Something of what was missed could not be had, and what it led to was asked for instead. */
  #refetched = false;

  constructor(options: ConnectOptions) {
    this.connection = new Reconnect(options, this);
    this.presence = new Presence(this.#calls, this.connection.clock);
    this.#context = {
      calls: this.#calls,
      clock: this.connection.clock,
      random: this.connection.random,
      own: this.#own,
      write: (message) => this.#send(message),
      phaseChanged: () => this.#settle(),
      refetched: () => {
        this.#refetched = true;
      },
    };
    this.#threads = new Threads(this.#context);
    this.connection.start();
  }

  async call(method: string, params: object): Promise<never> {
    // What it gives is not looked at: its type is the word of the table.
    return told<never>(await this.#calls.promised(method, params));
  }

  on(method: string, listener: (params: never, method: string) => void): Unsubscribe {
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners);
    const entry = { run: told<Listener>(listener) };
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  watch(threadId: string): WatchedThread {
    return this.#threads.watch(threadId);
  }

  list(query: ListQuery = {}): WatchedList {
    const { clock } = this.connection;
    const closed = (list: ThreadList): void => void this.#lists.delete(list);
    const list = new ThreadList(query, { calls: this.#calls, clock, closed });
    this.#lists.add(list);
    if (this.connection.state.connectionId !== null) void list.reload();
    return list;
  }

  async startThread(params: CallTypes['thread/start']['params'] = {}): Promise<WatchedThread> {
    return await new Promise((resolve, reject) => {
      const answered = (result: unknown): void => {
        const watcher = this.#threads.started(result);
        if (watcher === null) reject(invalidAnswer('thread/start'));
        else resolve(watcher);
      };
      this.#calls.make('thread/start', params, { answered, failed: reject }, true);
    });
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  close(): void {
    this.connection.close();
  }

  lobby(): { readonly epoch: string; readonly seq: number } | null {
    return this.#lobby.at;
  }

  greeted({ connectionId, lobby }: Greeting, send: Send): void {
    const { epoch, seq, recovered } = lobby;
    const whole = recovered && this.#lobby.at?.epoch === epoch;
    if (!whole) {
      // What became of threads meanwhile is not known.
      for (const thread of this.#threads) thread.forget();
      if (this.#lobby.at !== null) this.#refetched = true;
      this.#lobby.at = { epoch, seq };
    }
    this.#lobbyUntil = seq;
    this.#own.add(connectionId);
    this.#send = send;
    this.#calls.open(send);
    this.#threads.connected();
    this.presence.connected();
    for (const list of this.#lists) list.connected(whole);
    this.#settle();
  }

  message(message: Json): void {
    const method = text(message, 'method');
    const [log, seq] = [text(message, 'log'), number(message, 'seq')];
    if (log !== null && seq !== null) this.#entry(log, seq, message, method);
    else if (method === null) this.#calls.answer(message);
    else this.#work(method, message);
  }

  proveAlive(proven: () => void): void {
    // An error is an answer too.
    this.#calls.prove('broker/clients/list', { limit: 1 }, proven);
  }

  lost(): void {
    this.#send = () => {};
    this.#threads.lost();
    this.#calls.lost();
    this.presence.lost();
    for (const list of this.#lists) list.lost();
  }

  closed(): void {
    this.lost();
    this.#calls.close();
    this.#threads.close();
    this.presence.close();
    for (const list of this.#lists) list.close();
  }

  /** What belongs to a log is taken once, and in its order. */
  #entry(log: string, seq: number, message: Json, method: string | null): void {
    const work = (): void => {
      if (method !== null) this.#work(method, message);
    };
    if (log !== LOBBY) {
      const thread = this.#threads.get(log);
      if (thread === undefined) work();
      else thread.entry(seq, work);
      return;
    }
    const place = this.#lobby.place(seq);
    if (place === 'ahead') this.connection.startOver();
    if (place !== 'next') return;
    work();
    this.#lobby.workedOff();
    if (seq === this.#lobbyUntil) this.#settle();
  }

  #work(method: string, message: Json): void {
    const params = object(message, 'params');
    if (message['id'] !== undefined) this.#request(method, message, params);
    else {
      this.#notified(method, params, message['log']);
      for (const name of [method, '*']) {
        const listeners = this.#listeners.get(name);
        // Those that are added meanwhile are told from the next one on.
        for (const each of Array.from(listeners ?? []))
          if (listeners?.has(each)) callSafely(each.run, message['params'], method);
      }
    }
  }

  #notified(method: string, params: Json, log: unknown): void {
    if (method === 'broker/log/reset') this.#reset(params);
    else if (method === 'broker/clients/changed') this.presence.changed(params);
    else if (method === 'broker/request/opened') this.#shown(params);
    else if (method === 'broker/request/alreadyResolved') this.#alreadyResolved(params);
    else if (log === LOBBY) {
      this.#threads.ofLobby(method, params);
      for (const list of this.#lists) list.apply(method, params);
    } else if (typeof log === 'string') this.#threads.get(log)?.apply(method, params);
  }

  /** A log has begun anew: what is held of its thread is of its last life. */
  #reset(params: Json): void {
    const [log, epoch, seq] = [text(params, 'log'), text(params, 'epoch'), number(params, 'seq')];
    if (log === null || epoch === null || seq === null) return;
    if (log !== LOBBY) {
      this.#threads.get(log)?.refetch();
      return;
    }
    this.#lobby.at = { epoch, seq };
    this.#lobbyUntil = seq;
    this.#refetched = true;
    // One that was not to be had may be there by now, and nobody says so again.
    for (const thread of this.#threads) if (thread.phase === 'gone') thread.join();
    for (const list of this.#lists) void list.reload();
    this.#settle();
  }

  #request(method: string, message: Json, params: Json): void {
    if (isForPeople(method)) {
      this.#threads.get(threadIdOf(params) ?? '')?.request((answers) => answers.asked(message));
      return;
    }
    // Asked of this client alone: the broker goes on to the next one, and the runtime does not wait.
    const error = { code: codes.methodNotFound, message: `This client does not answer ${method}` };
    const id = idOf(message['id']);
    if (id !== null) this.#send({ id, error });
  }

  #shown(params: Json): void {
    const threadId = threadIdOf(object(params, 'params'));
    this.#threads.get(threadId ?? '')?.request((answers) => answers.shown(params));
  }

  /** It does not say of which thread it is: its id is used once. */
  #alreadyResolved(params: Json): void {
    const id = requestIdOf(params);
    for (const thread of this.#threads)
      if (thread.state.requests.some(({ requestId }) => requestId === id))
        thread.request((answers) => answers.resolved(params));
  }

  #settle(): void {
    const isLobbyThere = (this.#lobby.at?.seq ?? 0) >= this.#lobbyUntil;
    const live = isLobbyThere && this.#threads.settled;
    this.connection.setLive(live, this.#refetched ? 'refetched' : 'nothing');
    if (live && this.connection.state.status === 'live') this.#refetched = false;
  }
}

const threadIdOf = (params: Json): string | null =>
  text(params, 'threadId') ?? text(params, 'conversationId');
