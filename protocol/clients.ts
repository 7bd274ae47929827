/** Who is here: `broker/clients/list`, and what changes about it; and who has started a turn. */
import { z } from 'zod';
import { CLIENTS_PAGE_MAX, NAME_CHARS_MAX } from './limits.js';

/** What a client declares to be: somebody looks at it, or nobody does. */
export const clientKinds = ['person', 'bot'] as const;

/** `broker/clients/list`. */
export const clientsListParams = z.object({
  cursor: z.string().max(NAME_CHARS_MAX).nullish(),
  limit: z.int().min(1).max(CLIENTS_PAGE_MAX).nullish(),
});
export type ClientsListParams = z.infer<typeof clientsListParams>;

/** One connection that is initialized, whichever wire it is on. */
export interface ClientPresence {
  readonly connectionId: string;
  /** As it said in `initialize`, its title where it gave one. */
  readonly clientName: string;
  readonly title: string | null;
  /** As it declared; null where it did not. */
  readonly kind: (typeof clientKinds)[number] | null;
  /** The most that it may do. */
  readonly role: 'owner' | 'controller' | 'observer';
  /** The name of the paired device; null for the owner. */
  readonly device: string | null;
  /** The threads that it is subscribed to. */
  readonly threads: readonly string[];
  /** Whether its socket is full, so that it is fed from the logs as it drains. */
  readonly lagging: boolean;
  /** Bytes on their way to it that its socket has not taken, as far as they were counted when this was said. */
  readonly pendingBytes: number;
  /** When it came, ISO 8601. */
  readonly since: string;
}

/** The answer of `broker/clients/list`, in the order in which they came. */
export interface ClientsPage {
  readonly data: readonly ClientPresence[];
  readonly nextCursor: string | null;
  /** How many there are in all. */
  readonly total: number;
}

/** `broker/clients/changed`. Both lists are null where too many have changed: list again. */
export interface ClientsChanged {
  /** Those that came, or whose threads or `lagging` are others now. */
  readonly clients: readonly ClientPresence[] | null;
  /** The ids of those that went; some may never have been told. */
  readonly gone: readonly string[] | null;
  /** How many there are in all. */
  readonly total: number;
}

/** `broker/turn/origin`: who has started a turn. */
export interface TurnOrigin {
  readonly threadId: string;
  readonly turnId: string;
  /** Null where the broker has: with a reply that it has sent on. */
  readonly connectionId: string | null;
  readonly clientName: string;
}
