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
/** How deep they may nest in what the runtime says for it to be read, and not only passed on. */
export const PARSED_DEPTH_MAX = 512;

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
/**
 * How long a request for one client is kept that is about no turn: the runtime has given it up before that
 * (attestation after 0.1 s, the time after 10 s), and does not say so.
 */
export const UNRESOLVED_MS_MAX = 15_000;
/** Streams (`command/exec`, `fs/watch`, …) one connection may have open. */
export const STREAMS_PER_CONNECTION_MAX = 256;
/** Notifications a connection may opt out of. */
export const OPT_OUT_METHODS_MAX = 256;
/** Characters of a client's name or version, of an epoch, and of a request id that is a string. */
export const NAME_CHARS_MAX = 256;

/** Bytes handed to a transport at one time; what comes on top waits in the logs until it has drained. */
export const OUTBOX_BATCH_BYTES = 1024 * 1024;
/**
 * Bytes that may wait for one connection beside the logs (answers, fill-ins, its own streams), behind the first such
 * frame: one answer of any size cuts nobody. Beyond it: close code 4008; a stdio client is not read.
 */
export const OWN_BYTES_MAX = 64 * 1024 * 1024;
/** Frames that may wait there. */
export const OWN_FRAMES_MAX = 65_536;
/** How long a WebSocket with something to read may read nothing. Beyond it: close code 4008. */
export const STALL_MS_MAX = 30_000;
/** The least that the user may choose. */
export const STALL_MS_MIN = 100;
/** Ended connections whose end is remembered, for `previous`. */
export const PREVIOUS_MAX = 4_096;

/** Entries that a log holds. */
export const RING_ENTRIES_MAX = 32_768;
/** Bytes that a log holds, every frame of its entries counted. */
export const RING_BYTES_MAX = 16 * 1024 * 1024;
/** The least that the user may choose. */
export const RING_BYTES_MIN = 64 * 1024;
/** Bytes that all logs and folds together hold. */
export const MEMORY_BYTES_MAX = 128 * 1024 * 1024;
/** Bytes that the fold of one thread holds: the items of its running turns, and their texts so far. */
export const FOLD_BYTES_MAX = 16 * 1024 * 1024;
/** Turns of one thread that run at the same time, as far as the fold follows them. */
export const FOLD_TURNS_MAX = 16;
/** Lines that it holds besides: who started a turn, its plan and its diff, and how many tokens the thread has used. */
export const KEPT_LINES_MAX = 64;
/** Parts of the text of one item in progress that are told apart. */
export const ITEM_PARTS_MAX = 1_024;
/** How long a thread that nobody watches, in which nothing runs, stays loaded. */
export const GRACE_MS = 30 * 60_000;
/** The least that the user may choose: a turn that was accepted has begun by then. */
export const GRACE_MS_MIN = 1_000;
/** The most that the user may choose: a timer of Node holds no more than 24.8 days. */
export const GRACE_MS_MAX = 7 * 24 * 60 * 60_000;
/** Turns in a snapshot. */
export const SNAPSHOT_TURNS_MAX = 20;
/** Bytes of the older turns in a snapshot: beyond it the oldest are left to be listed by their cursor. */
export const SNAPSHOT_BYTES_MAX = 8 * 1024 * 1024;

/** Bytes queued for a stdio client above which the runtime is not read. */
export const HOLD_HIGH_BYTES = 1024 * 1024;
/** Bytes queued for every stdio client below which the runtime is read again. */
export const HOLD_LOW_BYTES = 256 * 1024;
/** The longest a WebSocket may be silent, pongs included, before it is closed. Pings go out before that. */
export const IDLE_S_MAX = 120;
/** How long a closing connection may take to send what it was given and its close frame. */
export const CLOSE_MS_MAX = 2_000;
/** How often a runtime that has ended is started again before it is given up. */
export const RESTART_TRIES_MAX = 5;
/** How long before the first of these tries; doubled for each further one. */
export const RESTART_MS_MIN = 250;
/** How long a runtime must have run for its end to count as the first. */
export const RUNTIME_STEADY_MS = 60_000;
/** Threads that are resumed at the same time after a restart. */
export const RESUMES_MAX = 8;
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

/** Attachments that are active or archived, at one time. */
export const ATTACHMENTS_MAX = 10_000;
/** Detached ones that are still listed, the newest. */
export const DETACHED_MAX = 10_000;
/** Attachments, or entries of their audit trail, in one answer: at most, and where the client says nothing. */
export const ATTACHMENTS_PAGE_MAX = 1_000;
export const ATTACHMENTS_PAGE = 100;
/** Characters of one page of the audit trail: there are fewer entries in it where they are long. */
export const AUDIT_PAGE_CHARS_MAX = 4 * 1024 * 1024;
/** Characters of the role or the name that an attachment gives a thread. */
export const LABEL_CHARS_MAX = 200;
/** Entries of the audit trail that are kept, the newest. */
export const AUDIT_ENTRIES_MAX = 100_000;
/** How long an entry of it is kept. */
export const AUDIT_MS_MAX = 90 * 24 * 60 * 60_000;
/** Characters of a message that are kept, shown, and sent on as a reply. */
export const MESSAGE_TEXT_CHARS_MAX = 64 * 1024;
/** Characters that are kept of why the runtime refused a message. */
export const REASON_CHARS_MAX = 1_000;
/** Bytes of what is sent along an attachment, as JSON. */
export const MESSAGE_BYTES_MAX = 1024 * 1024;
/** How long a chain of messages may be, each sent in the turn that the one before it started. */
export const MESSAGE_HOPS_MAX = 8;
/** Messages whose turn has not ended, of all attachments together. */
export const MESSAGES_IN_FLIGHT_MAX = 1_024;
/** Changes of attachments that wait for the disk. */
export const CHANGES_WAITING_MAX = 1_024;
/** How long the runtime may take to say what it is asked about a thread. */
export const ASKED_MS_MAX = 30_000;
/** How long before a reply is sent on once more that the runtime could not take. */
export const DELIVERY_RETRY_MS = 1_000;
/** Turns back that a message is looked for of which it is not known whether it arrived, and in one answer. */
export const TURNS_LOOKED_AT_MAX = 200;
export const TURNS_LOOKED_AT = 10;
/** How long after a start of the runtime it may take until what became of the threads is known. */
export const RECONCILED_MS_MAX = 60_000;
/** Characters of the name of a thread in front of a message. */
export const TITLE_CHARS_MAX = 80;
/** Threads that the runtime is asked about at the same time, to learn what has become of them. */
export const STATES_ASKED_MAX = 8;
/** How long the check of what is kept may take at the start: one of 100 MB takes a second. */
export const STORE_CHECK_MS_MAX = 60_000;
/** How long before it is tried again to write down what became of a thread. */
export const STORE_RETRY_MS = 5_000;
/** Entries of the audit trail for one attachment that are held while the disk takes none, the newest. */
export const UNKEPT_ENTRIES_MAX = 16;
/** What was submitted under a `clientUserMessageId`: how many results are kept, and how long. */
export const SUBMISSIONS_MAX = 10_000;
export const SUBMISSION_MS_MAX = 24 * 60 * 60_000;

/** Wrong credentials of one address in that time, and how many addresses are remembered. */
export const LOGIN_FAILURES_MAX = 10;
export const LOGIN_FAILURES_MS = 60_000;
export const LOGIN_ADDRESSES_MAX = 4_096;
/** Characters of a token in a file that the user gives. */
export const TOKEN_CHARS_MIN = 32;
export const TOKEN_CHARS_MAX = 512;
/** Devices that are paired. */
export const DEVICES_MAX = 256;
/** Connections of one device, and of one address beyond loopback, at one time. */
export const CONNECTIONS_PER_DEVICE_MAX = 12;
export const CONNECTIONS_PER_ADDRESS_MAX = 1_024;
/** How long a pairing code is good, how many are at one time, and how many wrong ones end all of them. */
export const PAIRING_MS_MAX = 2 * 60_000;
export const PAIRINGS_MAX = 8;
export const PAIRING_FAILURES_MAX = 100;
/** How long a WebSocket may take to send a valid `initialize`. */
export const INITIALIZE_MS_MAX = 60_000;

/** How often it is told at most who is here, and how long before the first time: who comes is joined to something soon. */
export const CLIENTS_CHANGED_MS = 1_000;
export const CLIENTS_SETTLE_MS = 100;
/** Clients that are told of at one time, and the bytes of that: beyond it they have to be listed. */
export const CLIENTS_TOLD_MAX = 64;
export const CLIENTS_TOLD_BYTES_MAX = 64 * 1024;
/** Clients in one answer: at most, and where the client says nothing. */
export const CLIENTS_PAGE_MAX = 1_000;
export const CLIENTS_PAGE = 100;

/** Files of the browser mirror, and their bytes, the compressed ones counted: all of them are held. */
export const PAGE_FILES_MAX = 512;
export const PAGE_BYTES_MAX = 16 * 1024 * 1024;
/** How long the file stays that leads the browser of `--open` to the page. */
export const REDIRECT_MS_MAX = 60_000;

/** Bytes of the log that may wait for whoever reads it. Beyond it lines are dropped. */
export const LOG_BYTES_MAX = 1024 * 1024;
/** How long the end of the process waits for the last of them. */
export const LOG_FLUSH_MS_MAX = 500;

/** Threads that the broker knows at one time. */
export const THREADS_MAX = 10_000;
/** Events held for a new thread until it is clear who asked for it. */
export const UNCLAIMED_EVENTS_MAX = 4_096;
/** How long: some requests are never answered, and a sub-agent's approval must not wait for them. */
export const UNCLAIMED_MS_MAX = 10_000;

/** The longest path of a unix socket, in bytes: what `sockaddr_un` holds, less its final NUL. */
export const UNIX_PATH_BYTES_MAX = 107;

/** Runs of `--notify-command` at one time. */
export const NOTIFY_RUNNING_MAX = 4;
/** Requests that wait for one of them to end. Beyond it the command is not run for them. */
export const NOTIFY_QUEUE_MAX = 64;
/** How long one may run before it is killed. */
export const NOTIFY_MS_MAX = 30_000;
/** How often it is logged that one has failed. */
export const NOTIFY_LOG_MS_MIN = 60_000;

/** Throws when two limits contradict each other: a broken build, not a bad input. */
function assertRelations(): void {
  const relations: readonly (readonly [string, boolean])[] = [
    ['the low mark is below the high mark', HOLD_LOW_BYTES < HOLD_HIGH_BYTES],
    ['a connection may be sent the longest line', RUNTIME_LINE_BYTES_MAX <= OWN_BYTES_MAX],
    ['a message fits into a frame', MESSAGE_BYTES_MAX < FRAME_BYTES_MAX],
    ['what is kept of a message fits into one', MESSAGE_TEXT_CHARS_MAX < MESSAGE_BYTES_MAX],
    ['a log outlives one batch', OUTBOX_BATCH_BYTES < RING_BYTES_MAX],
    ['one log leaves room for others', RING_BYTES_MAX + FOLD_BYTES_MAX < MEMORY_BYTES_MAX],
    ['one connection cannot use up all requests', REQUESTS_PER_CONNECTION_MAX < REQUESTS_MAX],
    ['one device cannot, either', CONNECTIONS_PER_DEVICE_MAX * REQUESTS_PER_CONNECTION_MAX < REQUESTS_MAX],
    ['the runtime may say more in one line than a client', FRAME_BYTES_MAX <= RUNTIME_LINE_BYTES_MAX],
    ['the broker ends within 5 s, its runtime included', 2 * RUNTIME_EXIT_MS_MAX < 5_000],
    ['uWebSockets.js accepts the idle time', IDLE_S_MAX >= 8 && IDLE_S_MAX <= 960],
  ];
  for (const [relation, holds] of relations) {
    if (!holds) throw new Error(`limits contradict each other: ${relation}`);
  }
}
assertRelations();
