import type { Json } from '../codex/json.js';

/** One thing that happened on one client's connection. */
export interface Entry {
  /** `wire`: the connection was opened or closed, `{ wire: what }`. */
  readonly direction: 'sent' | 'received' | 'wire';
  readonly body: Json;
}

/** What each client sent and received, in its order, by the client's name. */
export type Transcripts = Readonly<Record<string, readonly Entry[]>>;
