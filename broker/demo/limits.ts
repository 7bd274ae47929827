/** Every bound of the demo runtime, by name, its unit last. Unlike the broker's, none can be set by a user. */

/** The longest line read from stdin. A longer one is dropped and logged. */
export const INPUT_LINE_BYTES_MAX = 16 * 1024 * 1024;
/** Characters gathered before they are handed to stdout as one write. */
export const BATCH_CHARS = 64 * 1024;
/** Events after which a turn without a pace lets the process read its input. */
export const SLICE_EVENTS = 4_096;
/** How long the last output may take to leave once stdin has ended. */
export const EXIT_MS_MAX = 1_000;

/** Threads in the state folder, sub-agents and archived ones included. */
export const THREADS_MAX = 1_000;
/** Turns that run at one time, in all threads; each may have one request open. */
export const RUNNING_TURNS_MAX = 64;
/** Inputs that wait to join a running turn. */
export const JOINING_INPUTS_MAX = 16;
/** Notifications the client may opt out of. */
export const OPT_OUT_METHODS_MAX = 256;
/** Commands a thread remembers as accepted for the session. */
export const ACCEPTED_COMMANDS_MAX = 256;

/** Text of one streamed agent message; a longer stream goes on in the next item. */
export const ITEM_TEXT_BYTES_MAX = 1024 * 1024;
/** JSON of one thread's history. Beyond it the oldest turns leave, then the oldest items of the newest turn. */
export const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
/** A history file that has grown beyond this is written anew with what is still held. */
export const HISTORY_FILE_BYTES_MAX = 2 * HISTORY_BYTES_MAX;
/** Characters of a text in the params of a request, but for what the user types. */
export const PARAM_CHARS_MAX = 64 * 1024;
/** JSON of one setting of a thread. */
export const SETTING_CHARS_MAX = 64 * 1024;
/** Characters of a thread's preview. */
export const PREVIEW_CHARS_MAX = 256;

/** Entries of one page of a list, whatever was asked for. */
export const PAGE_ENTRIES_MAX = 100;
/** Entries of a page when nothing was asked for. */
export const PAGE_ENTRIES = 25;

/** `--turn-events` and `long N`. */
export const TURN_EVENTS_MAX = 10_000_000;
/** `--delta-bytes`. */
export const DELTA_BYTES_MAX = 64 * 1024;
/** `--pace`. */
export const PACE_EVENTS_PER_S_MAX = 1_000_000;
