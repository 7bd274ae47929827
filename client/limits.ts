/** Every bound of the SDK, by name, its unit last. */

/** The largest message that the broker takes: what is larger fails here, where it costs no connection. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Calls that wait for their answer: fewer than the broker allows a connection. */
export const CALLS_IN_FLIGHT_MAX = 192;
/** Calls that wait for a connection, or for others to be answered. Beyond it they fail as `overloaded`. */
export const CALLS_WAITING_MAX = 1_024;

/** How long a socket may take to open and to be greeted. */
export const CONNECT_MS_MAX = 20_000;
/** How long a connection may be silent before it has to prove that it is there, and how long it has for that. */
export const SILENCE_MS_MAX = 25_000;
export const PROOF_MS_MAX = 3_000;
/** How many times as long it has where it was given up before for the same, and has not been heard in between. */
export const PATIENCE_MAX = 16;
/** After how long without an answer that is said. */
export const PROOF_SHOWN_MS = 500;
/** How often it has to, while the device says that it is offline. */
export const DOUBT_MS = 1_000;
/** The longest wait before the first further try, doubled for each one more, and the longest of all. */
export const BACKOFF_MS_MIN = 500;
export const BACKOFF_MS_MAX = 30_000;
/** How long a connection, or a thread, must have held for its end to count as the first. */
export const STEADY_MS = 10_000;
/** How often a thread is asked for again that cannot be had for a reason that is none of a moment. */
export const JOIN_TRIES_MAX = 5;
/** How often what was said is submitted, and for how long: less than the broker remembers what it has taken. */
export const SUBMIT_TRIES_MAX = 20;
export const SUBMIT_MS_MAX = 20 * 60 * 60_000;
/** What is submitted by one watcher and not answered: it may wait for a long cut to end. Beyond it it is `overloaded`. */
export const SUBMISSIONS_MAX = 64;

/** Notices kept of a turn, and of a thread. */
export const NOTICES_MAX = 50;
/** Requests of a thread that are kept though they are resolved. */
export const RESOLVED_MAX = 20;
/** Requests of a thread that are open at one time. */
export const OPEN_MAX = 512;
/** Messages along attachments, and attachments, kept of a thread. */
export const MESSAGES_MAX = 100;
export const ATTACHMENTS_MAX = 1_000;
/** Turns held of a thread. Beyond it the oldest are let go of. */
export const TURNS_MAX = 10_000;
/** Older turns in one page. */
export const OLDER_TURNS = 20;
/** Parts of the text of one item, and lines of progress. */
export const PARTS_MAX = 1_024;
export const PROGRESS_MAX = 1_024;
/** Turns of which it is known who started them, though they have not begun. */
export const ORIGINS_MAX = 64;
/** Connections of this client whose ids are remembered: an answer given on one may be confirmed on the next. */
export const OWN_CONNECTIONS_MAX = 64;

/** Threads in one page of a list, and in all of it. */
export const LIST_PAGE = 50;
export const LIST_MAX = 10_000;
/** How long between two times that a list, of threads or of clients, is loaded anew. */
export const RELOAD_MS_MIN = 1_000;
/** Clients in one page, and those that are known at one time. */
export const PRESENCE_PAGE = 100;
export const PRESENCE_MAX = 10_000;
