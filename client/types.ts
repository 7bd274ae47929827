/**
 * The shapes that the SDK gives: plain immutable data. Whatever has not changed is the same object as before.
 */
import type { Attachment, AttachmentMessage } from '../protocol/attachments.js';
import type { TurnOrigin as Started } from '../protocol/clients.js';
import type { Item, PlanStep, Thread, TokenUsage, TurnError, TurnStatus } from './runtime-types.js';

/** Ends what a subscription began. Calling it again does nothing. */
export type Unsubscribe = () => void;

/** Something whose `state` changes. Listeners are told after it has; several changes may be told at once. */
export interface Observable<State> {
  readonly state: State;
  subscribe(listener: () => void): Unsubscribe;
}

/** Why a connection has ended. */
export interface Cut {
  /** The WebSocket close code; 1006 where there was none. */
  readonly code: number;
  /** That of the table of close codes, else `gone`: the network or the other end. */
  readonly reason: string;
  /** What was on its way to this client, as the broker told afterwards; null until then. */
  readonly pendingBytes: number | null;
  /** When it was noticed, by this client's clock, Unix milliseconds. */
  readonly at: number;
}

/** Where the connection to the broker stands. */
export interface ConnectionState {
  /**
   * `connecting`: on its way, for the first time or again. `catchingUp`: connected, and at least one thread has not
   * been brought to its present state. `live`: everything that is watched is as the broker has it. `waiting`: cut; the
   * next try is at `retryAt`. `closed`: over, by `close()` or by a reason that another try would not mend.
   */
  readonly status: 'connecting' | 'catchingUp' | 'live' | 'waiting' | 'closed';
  /** Tries since it was last connected, the present one included; 0 while it is connected. */
  readonly attempt: number;
  /** Unix milliseconds; null unless `waiting`. */
  readonly retryAt: number | null;
  /** Why the last connection ended; null for the first. Stays when the next one is live. */
  readonly lastCut: Cut | null;
  /** Whether all that was said meanwhile has been had since the last cut: null where nothing was cut or it is not yet known. */
  readonly missed: 'nothing' | 'refetched' | null;
  /** Whether the broker was asked for a sign of life half a second ago, and has not given it: the network may be gone. */
  readonly proving: boolean;
  /** Known while connected. */
  readonly connectionId: string | null;
  readonly role: 'controller' | 'observer' | null;
  /** Name and version of the broker. */
  readonly broker: string | null;
}

export type { ClientPresence } from '../protocol/clients.js';
/** Who started a turn: `broker/turn/origin`. */
export type TurnOrigin = Pick<Started, 'connectionId' | 'clientName'>;

export interface TurnState {
  readonly id: string;
  readonly status: TurnStatus;
  /** In the order in which they began. Those in progress have their text so far. */
  readonly items: readonly ItemState[];
  /** The latest plan; null where there was none. */
  readonly plan: { readonly explanation: string | null; readonly steps: readonly PlanStep[] } | null;
  /** All changes of the turn as one unified diff; null where there are none. */
  readonly diff: string | null;
  readonly error: TurnError | null;
  /** Null where it is not known: another wire's client on a broker that was not there yet. */
  readonly origin: TurnOrigin | null;
  /** Warnings, retries and the like, in the order in which they came; at most `NOTICES_MAX` a turn, the newest. */
  readonly notices: readonly Notice[];
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly durationMs: number | null;
}

export interface ItemState {
  readonly id: string;
  /** The runtime's own, with what has come since in the members where it belongs. */
  readonly item: Item;
  readonly inProgress: boolean;
  /** Of a file change in progress, or that has ended while it was watched. */
  readonly output: string;
  /** Of a tool call in progress. */
  readonly progress: readonly string[];
}

export interface Notice {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  /** The notification that said it. */
  readonly method: string;
}

/** A request of the runtime that waits for somebody, or did a moment ago. */
export interface RequestState {
  readonly requestId: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /**
   * `open`: may be answered here. `watching`: open, and for others to answer. `answering`: this client's answer is on
   * its way. `resolved`: see `by` and `outcome`; kept for a while, at most `RESOLVED_MAX`, the newest.
   */
  readonly status: 'open' | 'watching' | 'answering' | 'resolved';
  /** Who answered; null where nobody did, or it is not known. */
  readonly by: { readonly connectionId: string; readonly clientName: string } | null;
  readonly outcome: 'answered' | 'refused' | 'cancelled' | null;
}

export interface ThreadState {
  readonly threadId: string;
  /**
   * `joining`: nothing is known yet. `live`: as the broker has it. `catchingUp`: was, and will be again. `gone`:
   * deleted, archived or not to be had; `error` says why.
   */
  readonly phase: 'joining' | 'live' | 'catchingUp' | 'gone';
  readonly error: { readonly reason: string; readonly message: string } | null;
  /** Null while joining. */
  readonly thread: Thread | null;
  /** Oldest first. The newest are there from the start, older ones by `loadOlder`. */
  readonly turns: readonly TurnState[];
  /** Whether there are older turns; `loading` while they are on their way. */
  readonly older: 'none' | 'some' | 'loading';
  /** In the order in which they were opened. */
  readonly requests: readonly RequestState[];
  readonly tokenUsage: TokenUsage | null;
  /** Edges of this thread that have been told of, by id; `thread/attachments/list` lists them all. */
  readonly attachments: readonly Attachment[];
  /** The newest messages along them, at most `MESSAGES_MAX`. */
  readonly messages: readonly AttachmentMessage[];
  /** What was said outside of any turn; at most `NOTICES_MAX`, the newest. */
  readonly notices: readonly Notice[];
  /** Where the state stands; null while joining. */
  readonly position: { readonly epoch: string; readonly seq: number } | null;
}

/** Threads, the most recent first. */
export interface ThreadListState {
  readonly phase: 'loading' | 'live' | 'catchingUp';
  readonly threads: readonly Thread[];
  /** Whether there are more of them; `loading` while they are on their way. */
  readonly more: 'none' | 'some' | 'loading';
}

/** Whether somebody is waited for in a thread: its status says so to everybody, who watches it or not. */
export function isWaiting({ status }: Pick<Thread, 'status'>): boolean {
  return status.type === 'active' && status.activeFlags.some((flag) => flag.startsWith('waitingOn'));
}
