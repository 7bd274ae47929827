/** Calls that are worked on at the same time. */
export const CALLS_MAX = 16;
/** How long the broker may take over one. */
export const CALL_MS_MAX = 30_000;
/** How long a call waits for a reply: less than clients wait for a tool (the MCP SDK 60 s, Codex 300 s). */
export const WAIT_MS_MAX = 50_000;
/** Turns in one result: at most, and where the model says nothing. */
export const TURNS_MAX = 10;
export const TURNS = 3;
/** Places in histories that can be gone on from, the newest. */
export const CURSORS_MAX = 64;
/** Characters of a reply in a result. */
export const REPLY_CHARS_MAX = 7_000;
/** Characters of an error of the broker or the runtime in a result. */
export const ERROR_CHARS_MAX = 500;
