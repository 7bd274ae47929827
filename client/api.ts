/**
 * What `connect` gives: the interface that the SDK keeps to its users. Nothing in it throws but for misuse; what fails
 * does so in the promise, with a `CallError` or a `ConnectionError` (errors.ts).
 */
import type { Attachment, AttachmentMessage } from '../protocol/attachments.js';
import type { SendResult } from '../protocol/attachments.js';
import type { Thread, UserInput } from './runtime-types.js';
import type { ClientPresence, ConnectionState, Observable, ThreadListState } from './types.js';
import type { ThreadState, Unsubscribe } from './types.js';

/** A WebSocket, as browsers have it: the part of it that is used. */
export interface SocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(frame: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: (() => void) | null;
}

/** One way to write messages as frames: JSON is always there, msgpack in `threadcast/client/msgpack`. */
export interface Codec {
  readonly subprotocol: string;
  encode(message: object): string | Uint8Array;
  /** @throws what is no frame of it */
  decode(frame: string | ArrayBuffer | Uint8Array): unknown;
}

/** Time, for tests to hold still. */
export interface Clock {
  now(): number;
  /** Calls once after `ms`; the result takes it back. */
  after(ms: number, run: () => void): () => void;
}

/**
 * Tells when something may have become of the network. `retry`: it may be back, another try is worth while at once.
 * `doubt`: it may be gone, the connection has to prove that it is there. (`retry` is a doubt, too.)
 */
export type Wakeup = (tell: (what: 'retry' | 'doubt') => void) => Unsubscribe;

export interface ConnectOptions {
  /** `ws://…` or `wss://…`. */
  readonly url: string;
  /** The bearer token, asked for before each try; null or absent where none is needed. */
  readonly token?: string | null | (() => string | null);
  readonly clientInfo: { readonly name: string; readonly version: string; readonly title?: string };
  /** What others are told of this client. */
  readonly kind?: 'person' | 'bot';
  /** `observer` gives the right to change anything up. */
  readonly role?: 'observer';
  /** Further capabilities for `initialize`; `experimentalApi` and `requiredHumanApproval` are declared unless given here. */
  readonly capabilities?: Readonly<Record<string, unknown>>;
  /** Preferred ones first; JSON is offered last, always. */
  readonly codecs?: readonly Codec[];
  /** Default: the `WebSocket` of the platform. In Node before 22: `nodeSocket` of `threadcast/client/node`. */
  readonly socket?: (url: string, subprotocols: readonly string[]) => SocketLike;
  /** Default: `online`, `offline`, `pageshow` and `visibilitychange`, where there are such events. */
  readonly wakeup?: Wakeup;
  /**
   * Asks why an upgrade was refused, which a WebSocket of a browser does not tell. Default: that of the platform. Only
   * `status` of its answer is read.
   */
  readonly fetch?: (
    url: string,
    init: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  ) => Promise<{ readonly status: number }>;
  readonly clock?: Clock;
  /** In [0, 1), for the jitter. */
  readonly random?: () => number;
}

/** Calls that have types here; others can be made by name. Users may extend this interface with types of their own. */
export interface Calls {
  'thread/list': {
    params: {
      readonly cursor?: string | null;
      readonly limit?: number;
      readonly searchTerm?: string | null;
      readonly archived?: boolean;
      readonly sortKey?: 'created_at' | 'updated_at' | 'recency_at';
      readonly parentThreadId?: string | null;
    };
    result: { readonly data: readonly Thread[]; readonly nextCursor: string | null };
  };
  'thread/start': {
    params: { readonly cwd?: string; readonly model?: string; readonly [param: string]: unknown };
    result: { readonly thread: Thread };
  };
  'thread/archive': { params: { readonly threadId: string }; result: unknown };
  'thread/name/set': { params: { readonly threadId: string; readonly name: string }; result: unknown };
  'turn/interrupt': { params: { readonly threadId: string; readonly turnId: string }; result: unknown };
  'broker/clients/list': {
    params: { readonly cursor?: string | null; readonly limit?: number };
    result: {
      readonly data: readonly ClientPresence[];
      readonly nextCursor: string | null;
      readonly total: number;
    };
  };
  'thread/attachments/list': {
    params: {
      readonly parentThreadId?: string;
      readonly childThreadId?: string;
      readonly states?: readonly Attachment['state'][];
      readonly cursor?: string | null;
      readonly limit?: number;
    };
    result: { readonly data: readonly Attachment[]; readonly nextCursor: string | null };
  };
  'thread/attachment/create': {
    params: {
      readonly parentThreadId: string;
      readonly childThreadId: string;
      readonly roleLabel?: string;
      readonly displayName?: string;
      readonly deliverReplies?: boolean;
    };
    result: { readonly attachment: Attachment };
  };
  'thread/attachment/delete': {
    params: { readonly attachmentId: string };
    result: { readonly attachment: Attachment };
  };
  'broker/attachment/send': {
    params: {
      readonly attachmentId: string;
      readonly from: 'parent' | 'child';
      readonly input: readonly UserInput[];
      readonly clientUserMessageId?: string;
    };
    result: SendResult;
  };
}

/** Events that have types here. */
export interface Events {
  'broker/attachment/changed': { readonly attachment: Attachment };
  'broker/attachment/message': { readonly message: AttachmentMessage };
}

/**
 * A connection to a broker that mends itself, and all that is watched over it. A network that is gone does not always
 * say so: after `SILENCE_MS_MAX` without a frame, and on every wake-up, the broker is asked something that costs it
 * nothing (`broker/clients/list {limit: 1}`), and where that is not answered within `PROOF_MS_MAX` the connection is
 * given up (`Cut.reason` `silent`) and made anew.
 */
export interface Client {
  readonly connection: Observable<ConnectionState>;
  /** Who else is here. Loaded when first subscribed to, kept up to date as long as anybody is. */
  readonly presence: Observable<readonly ClientPresence[]>;
  /** Makes a call. It is not repeated when the connection is lost meanwhile: `ConnectionError`. Waits until connected. */
  call<M extends string>(
    method: M,
    params: M extends keyof Calls ? Calls[M]['params'] : object,
  ): Promise<M extends keyof Calls ? Calls[M]['result'] : unknown>;
  /** Every notification of this name, after the state has changed. `*` for all. */
  on<E extends keyof Events>(method: E, listener: (params: Events[E]) => void): Unsubscribe;
  on(method: string, listener: (params: unknown, method: string) => void): Unsubscribe;
  /**
   * Watches a thread: joins it, keeps its state, joins it again after each cut. Watched by several, it is joined once;
   * it is left when the last one has let go of it.
   */
  watch(threadId: string): WatchedThread;
  /** Lists threads; the list is kept up to date by what everyone is told. `close` it when done. */
  list(query?: { readonly searchTerm?: string; readonly archived?: boolean }): WatchedList;
  /** Starts a thread, and watches it from its first event on. */
  startThread(params?: Calls['thread/start']['params']): Promise<WatchedThread>;
  /** Tries now, if it waits for the next try. */
  retryNow(): void;
  /** Ends it all. What is waited for fails. */
  close(): void;
}

export interface WatchedThread extends Observable<ThreadState> {
  readonly threadId: string;
  /**
   * Says something: starts a turn, or joins the one that runs. Survives a cut: it is submitted again under the same
   * `clientUserMessageId`, which the broker takes once.
   */
  submit(
    input: string | readonly UserInput[],
    params?: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly turnId: string }>;
  /** Answers a request. False: it was answered already, by `RequestState.by`. Rejects when it is not there to answer. */
  answer(requestId: string | number, result: object): Promise<boolean>;
  /** Stops the running turn; nothing where none runs. */
  interrupt(): Promise<void>;
  /** Loads a page of older turns in front. False: there are none. */
  loadOlder(): Promise<boolean>;
  /** Lets go of it. */
  close(): void;
}

export interface WatchedList extends Observable<ThreadListState> {
  loadMore(): Promise<boolean>;
  close(): void;
}
