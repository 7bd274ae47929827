/** Every bound of the page, by name, its unit last. */

/** Drafts that are kept, the newest, and the characters of one. */
export const DRAFTS_MAX = 50;
export const DRAFT_CHARS_MAX = 100_000;
/** Images of one message. */
export const IMAGES_MAX = 8;
/** What a message and its images may take in the frame that carries them; the rest is for what stands around them. */
export const MESSAGE_FRAME_BYTES_MAX = 15 * 1024 * 1024;
/** Messages on their way that are shown before the thread has them. */
export const OUTGOING_MAX = 20;
/** How long typing in the search rests before it is searched for. */
export const SEARCH_REST_MS = 250;
/** How long it is said after a cut that nothing was missed. */
export const BACK_MS = 6_000;
/** How long a card cannot be answered that has just come up: a click was meant for what stood there before. */
export const SETTLE_MS = 400;
/** How long a request that somebody else has answered stays on the screen. */
export const ANSWERED_MS = 6_000;
/** How often words for the time (“3 min ago”) are made anew. */
export const CLOCK_MS = 30_000;
/** How often the seconds to the next try are counted. */
export const COUNTDOWN_MS = 500;
/** How long the broker may take to say whether a token is good. */
export const ADMISSION_MS_MAX = 8_000;
/** Characters of a token or a pairing code in the address. */
export const CREDENTIAL_CHARS_MAX = 512;
/** Fields of a form that a tool server asks with, and what there is to choose from in all of them. */
export const FORM_FIELDS_MAX = 100;
export const FORM_OPTIONS_MAX = 1_000;
/** Threads told of in notifications at one time. */
export const NOTIFICATIONS_MAX = 16;
/** Entries of the audit trail of a thread that are shown. */
export const TRAIL_MAX = 50;

// The thread view.

/** Characters of a message that are read as markdown; a longer one is shown as plain text. */
export const MARKDOWN_CHARS_MAX = 100_000;
/** Characters of one block of it (a paragraph, a list, a table); a longer one is shown as plain text. */
export const BLOCK_CHARS_MAX = 20_000;
/** Quotes and lists inside each other; what is deeper is shown as plain text. */
export const NESTING_MAX = 32;
/** The share of time that reading markdown may take while it streams: it rests for this many times what it took. */
export const STREAM_REST_TIMES = 6;
/** Characters of code that are coloured. */
export const HIGHLIGHT_CHARS_MAX = 20_000;
/** Characters of long plain text that are shown at once, and then for each “show more”. */
export const SLICE_CHARS = 20_000;
/** Characters of one element of plain text: one that is out of sight is not laid out. */
export const CHUNK_CHARS = 8_000;
/** Characters of a command's output that are shown: its tail; folded, and unfolded. */
export const OUTPUT_TAIL_CHARS_MAX = 4_000;
export const ANSI_CHARS_MAX = 200_000;
/** Lines of it while it is folded. */
export const OUTPUT_TAIL_LINES_MAX = 8;
/** Pieces of one style that output is cut into; the rest has no colours. */
export const ANSI_SEGMENTS_MAX = 2_000;
/** What their styles may say in all: a colour of any red, green and blue is five. */
export const ANSI_PARAMS_MAX = 8_000;
/** Characters of a name, a path or a title. */
export const LABEL_CHARS_MAX = 400;
/** Lines of a diff that are shown at once, and then for each “show more”; the lines of one that is folded at first. */
export const DIFF_LINES_SHOWN = 400;
export const DIFF_LINES_OPEN_MAX = 60;
/** Characters of one line of it. */
export const DIFF_LINE_CHARS_MAX = 2_000;
/** Files of one change that are shown at once, and then for each “show more”. */
export const FILES_SHOWN = 30;
/** Characters of an image in base64. */
export const IMAGE_CHARS_MAX = 20_000_000;
/** Rows whose folding by the reader is remembered. */
export const FOLDS_MAX = 1_000;
/** How near to its end, or to its beginning, the reader counts as being there. */
export const AT_END_PX = 32;
export const NEAR_BEGINNING_PX = 800;
/** Characters of a message that are read out when it is finished. */
export const SPOKEN_CHARS_MAX = 600;
/** Connections whose names are remembered, for what they did before they went. */
export const NAMES_MAX = 256;
/** How long the thread in the address is watched before the page does so itself. */
export const EARLY_MS = 5_000;
