/**
 * Every bound of the protocol and the broker, by name, its unit last.
 * Those that a user may change are defaults here and options in `broker/config.ts`.
 */

/** The largest message a client may send. Beyond it: close code 4413. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** The longest line the runtime may print, its newline not counted. A longer one is dropped and logged. */
export const RUNTIME_LINE_BYTES_MAX = 64 * 1024 * 1024;
/** How deep arrays and objects may nest in what a client sends: app-server drops what is deeper, without a word. */
export const JSON_DEPTH_MAX = 127;

/** Connections at one time, all transports together. */
export const CONNECTIONS_MAX = 10_000;
/** Threads one connection may be subscribed to. */
export const SUBSCRIPTIONS_PER_CONNECTION_MAX = 256;
/** Requests of one connection that wait for their answer. */
export const REQUESTS_PER_CONNECTION_MAX = 256;
/** Requests of all connections together that wait for their answer. */
export const REQUESTS_MAX = 4_096;
/** Requests whose client has gone that are still waited for: their answers may say whose a thread is. */
export const ABANDONED_REQUESTS_MAX = 256;
/** Requests of the runtime that wait for a client's answer. */
export const SERVER_REQUESTS_MAX = 4_096;
/** How long the runtime has to say an open request again after a resume, before it is asked without that. */
export const SAID_AGAIN_MS_MAX = 1_000;
/** Streams (`command/exec`, `fs/watch`, …) one connection may have open. */
export const STREAMS_PER_CONNECTION_MAX = 256;
/** Notifications a connection may opt out of. */
export const OPT_OUT_METHODS_MAX = 256;
/** Characters of a client's name or version, and of a request id that is a string. */
export const NAME_CHARS_MAX = 256;

/** Bytes handed to a transport at one time; what comes on top waits in the outbox until it has drained. */
export const OUTBOX_BATCH_BYTES = 1024 * 1024;
/** Bytes that may wait in the outbox of a WebSocket while its socket is full. Beyond it: close code 4008. */
export const OUTBOX_BYTES_MAX = 16 * 1024 * 1024;
/** Frames that may wait there. */
export const OUTBOX_FRAMES_MAX = 65_536;
/** Bytes queued for a stdio client above which the runtime is not read. */
export const HOLD_HIGH_BYTES = 1024 * 1024;
/** Bytes queued for every stdio client below which the runtime is read again. */
export const HOLD_LOW_BYTES = 256 * 1024;
/** The longest a WebSocket may be silent, pongs included, before it is closed. Pings go out before that. */
export const IDLE_S_MAX = 120;
/** How long a closing connection may take to send what it was given and its close frame. */
export const CLOSE_MS_MAX = 2_000;
/** Bytes that may wait for the runtime to read them. Beyond it requests are refused as overloaded. */
export const RUNTIME_INBOX_BYTES_MAX = 64 * 1024 * 1024;
/** How long the runtime may take to answer the broker's own `initialize`. */
export const RUNTIME_INITIALIZE_MS_MAX = 30_000;
/** How long the runtime may take to exit after its stdin was closed, and again after SIGTERM. */
export const RUNTIME_EXIT_MS_MAX = 1_500;
/** Lines of the runtime's stderr kept to explain its exit. */
export const RUNTIME_STDERR_LINES_MAX = 20;
/** The longest line of the runtime's stderr that is logged whole. */
export const RUNTIME_STDERR_LINE_BYTES_MAX = 16 * 1024;

/** Threads that the broker knows at one time. */
export const THREADS_MAX = 10_000;
/** Events held for a new thread until it is clear who asked for it. */
export const UNCLAIMED_EVENTS_MAX = 4_096;
/** How long: some requests are never answered, and a sub-agent's approval must not wait for them. */
export const UNCLAIMED_MS_MAX = 10_000;

/** The longest path of a unix socket, in bytes: what `sockaddr_un` holds, less its final NUL. */
export const UNIX_PATH_BYTES_MAX = 107;

/** Throws when two limits contradict each other: a broken build, not a bad input. */
function assertRelations(): void {
  const relations: readonly (readonly [string, boolean])[] = [
    ['the low mark is below the high mark', HOLD_LOW_BYTES < HOLD_HIGH_BYTES],
    ['an outbox holds more than a batch', OUTBOX_BATCH_BYTES < OUTBOX_BYTES_MAX],
    ['one connection cannot use up all requests', REQUESTS_PER_CONNECTION_MAX < REQUESTS_MAX],
    ['the runtime may say more in one line than a client', FRAME_BYTES_MAX <= RUNTIME_LINE_BYTES_MAX],
    ['the broker ends within 5 s, its runtime included', 2 * RUNTIME_EXIT_MS_MAX < 5_000],
    ['uWebSockets.js accepts the idle time', IDLE_S_MAX >= 8 && IDLE_S_MAX <= 960],
  ];
  for (const [relation, holds] of relations) {
    if (!holds) throw new Error(`limits contradict each other: ${relation}`);
  }
}
assertRelations();
