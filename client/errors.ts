/** An answer that is an error: the broker's own (`reason` is that of its table), or the runtime's (`reason` is empty). */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** JSON-RPC's. */
  readonly code: number;
  /** Stable, for programs. */
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** Whether the same may succeed a moment later, and cannot have happened already. */
  get again(): boolean {
    return this.reason === 'runtimeRestarting' || this.reason === 'overloaded';
  }
}

/**
 * There was no answer. `connectionLost`: the connection ended first, and it may have happened or not. `closed`: by
 * `close()`, or for a reason that no other try would mend.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly reason: 'connectionLost' | 'closed';

  constructor(reason: 'connectionLost' | 'closed') {
    super(reason === 'closed' ? 'The client is closed' : 'The connection to the broker was lost');
    this.reason = reason;
  }
}

/** JSON-RPC's codes that are said or looked at here; `unavailable` is app-server's own. */
export const codes = {
  invalidAnswer: -32603,
  invalidRequest: -32600,
  methodNotFound: -32601,
  unavailable: -32001,
} as const;

/** An answer that cannot be read. */
export function invalidAnswer(what: string): CallError {
  return new CallError(codes.invalidAnswer, 'invalidAnswer', `The answer to ${what} cannot be read`);
}
