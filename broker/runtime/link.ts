/**
 * The wire to the runtime. Two kinds: a child process on pipes, and a WebSocket of a runtime that already
 * listens. Only `runtime/` knows which.
 */
export interface RuntimeLink {
  /** What runs there, for people: `codex app-server (pid 4711)`. */
  readonly label: string;
  /** Bytes sent that the runtime has not read yet. */
  readonly pendingBytes: number;
  /** Sends one message, without a newline. Never waits; the caller minds `pendingBytes`. */
  send(message: Uint8Array): void;
  /** Stops reading what the runtime says, so that it has to wait. */
  pause(): void;
  resume(): void;
  /** Ends the runtime, gently at first. Resolves when it is gone; `exited` comes before. */
  close(): Promise<void>;
}

export interface RuntimeEvents {
  /** One line of the runtime. A view that nobody changes afterwards. */
  line(line: Buffer): void;
  /** A line over `RUNTIME_LINE_BYTES_MAX` was dropped; `head` is how it began. */
  lineTooLong(bytes: number, head: Buffer): void;
  /** The runtime is gone, or could not be started. Exactly once, and the last call. */
  exited(exit: RuntimeExit): void;
}

/** Why the runtime is gone, for people. */
export interface RuntimeExit {
  /** One line: `codex app-server exited with code 1`. */
  readonly summary: string;
  /** The last lines that it wrote to stderr. */
  readonly stderr: readonly string[];
}
