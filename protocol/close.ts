/**
 * Why the broker ends a connection, and what the client should do next.
 * Codes 4000–4999 are a WebSocket application's own (RFC 6455, 7.4.2).
 */
export interface CloseReason {
  /** The WebSocket close code. */
  readonly code: number;
  /** The WebSocket close reason; stable, for programs. */
  readonly reason: string;
  /** Whether the same client may connect again without changing anything. */
  readonly retry: boolean;
}

export const close = {
  /** The broker was told to stop. */
  shutdown: { code: 4000, reason: 'shutdown', retry: true },
  /** The runtime is gone and could not be brought back. */
  runtimeExited: { code: 4001, reason: 'runtimeExited', retry: true },
  /** The client did not read what was sent to it. */
  slowConsumer: { code: 4008, reason: 'slowConsumer', retry: true },
  /** A frame that is no message of this wire: binary on a text wire, bytes that are not UTF-8. */
  badFrame: { code: 4400, reason: 'badFrame', retry: false },
  /** No valid credential, or one that was taken back. */
  unauthorized: { code: 4401, reason: 'unauthorized', retry: false },
  /** A valid credential that may not do this. */
  forbidden: { code: 4403, reason: 'forbidden', retry: false },
  /** A WebSocket that did not send a valid `initialize` in time. */
  handshakeTimeout: { code: 4408, reason: 'handshakeTimeout', retry: true },
  /** A frame over `FRAME_BYTES_MAX`. */
  tooLarge: { code: 4413, reason: 'tooLarge', retry: false },
  /** Over a bound on connections or attempts. */
  tooMany: { code: 4429, reason: 'tooMany', retry: true },
} as const satisfies Record<string, CloseReason>;
