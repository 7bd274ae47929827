import type { CloseReason } from '../../protocol/close.js';

/**
 * One wire to one client: write and close, nothing else. What is queued, dropped or cut is decided by the
 * outbox, not here. Every implementation passes `test/transports/contract.ts`.
 */
export interface Transport {
  /** What carries it, for the log and `status`. */
  readonly kind: 'websocket' | 'stdio' | 'memory';
  /** The peer's IP address, or `unix`, `stdio`, `memory`. */
  readonly address: string;
  /**
   * Takes the frames in order, as one batch (one corked write). Each frame is one whole message; it must not
   * change afterwards. `full`: some bytes wait in this process; they will still be sent, and `drained` follows.
   * After `close` or `closed` nothing happens, and it is `sent`.
   */
  write(frames: readonly Uint8Array[]): 'sent' | 'full';
  /** Bytes taken by `write` that the kernel has not taken yet. */
  readonly pendingBytes: number;
  /**
   * Ends the wire after what was written: a WebSocket sends its close frame, stdio ends the stream. A peer that
   * does not read is cut within `CLOSE_MS_MAX`. `closed` follows. Further calls do nothing.
   */
  close(reason: CloseReason): void;
}

/**
 * What the owner of a transport is told. None of these may throw. None is called from inside `write` or `close`;
 * after a `close` of the owner's own only `closed` is.
 */
export interface TransportEvents {
  /** One message of at most `FRAME_BYTES_MAX`. `data` is valid only during the call. */
  message(data: Buffer, binary: boolean): void;
  /**
   * A message over `FRAME_BYTES_MAX` went by and was not kept. The wire is still in step: the owner closes it
   * (4413), or answers and goes on, as for a stdio client that has no other way to us.
   */
  tooLarge(bytes: number): void;
  /** After a `full`: everything has gone to the kernel. */
  drained(): void;
  /** The wire has ended, from either side. Exactly once, and the last call. */
  closed(): void;
}

/**
 * An HTTP request that is sound, whichever server took it (see `http-request.ts`); bodies are not read. There is at
 * least one `Host`.
 */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, and in its plainest spelling only, so that equal text is all there is to look for. */
  readonly path: string;
  /** The value that came under this name (in lower case); several are joined with `, `. Absent: undefined. */
  readonly header: (name: string) => string | undefined;
  /** Every value that came under this name (in lower case), as it came; an empty value is one too. */
  readonly headers: (name: string) => readonly string[];
  /** The peer's IP address, or `unix`. */
  readonly address: string;
  /** It came over TLS. */
  readonly secure: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Without `content-length`, which the server adds. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for 304, which has none. */
  readonly body: string | Uint8Array;
}

/** The answer to a WebSocket upgrade. */
export type Verdict =
  | {
      /** The subprotocol to confirm; null for none. */
      readonly subprotocol: string | null;
      /** Messages go out as binary frames. */
      readonly binary: boolean;
      /** Called once the wire is open. */
      readonly open: (transport: Transport) => TransportEvents;
    }
  | { readonly refuse: HttpResponse };

/** What a listening server asks its owner. */
export interface ServerHooks {
  /** An answer that comes later never fails to come. */
  http(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
  upgrade(request: HttpRequest): Verdict;
}

/** Where to listen. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly kind: 'unix'; readonly path: string };

/** A certificate, with those that lead to its issuer behind it, and its private key. Both are PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface Listener {
  /** `ws://HOST:PORT` or `wss://HOST:PORT` with the real port, or `unix://PATH`. */
  readonly url: string;
  /**
   * Takes another certificate for the connections to come; open ones stay. Where there is no TLS it does nothing.
   * @throws {ListenError} it is no good, and the one before it is kept
   */
  renew(tls: TlsPair): void;
  /** Stops accepting. Open connections stay. A unix socket's file is removed. A second call does nothing. */
  close(): void;
}

/** A server that could not start, in one line that a person can act on. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** One kind of WebSocket server: uWebSockets.js, or `ws` where it has no binary. */
export interface WebSocketServerKind {
  readonly name: 'uWebSockets.js' | 'ws';
  /**
   * Binds and accepts. Call it through `listen` in `listen.ts`, which looks after a unix socket's file, and knows
   * that only `ws` serves TLS.
   * @throws {ListenError}
   */
  listen(endpoint: Endpoint, hooks: ServerHooks, tls: TlsPair | null): Promise<Listener>;
}
