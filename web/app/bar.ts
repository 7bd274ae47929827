import type { ConnectionState, Cut } from '../../client/types.js';
import { BACK_MS } from '../limits.js';
import { bytesInWords } from '../state/times.js';

/** Why a connection has ended, for people. The one table: by the reason of the close code, or what the SDK noticed. */
const SENTENCES: Readonly<Record<string, string>> = {
  shutdown: 'the broker was stopped',
  runtimeExited: 'the agent’s program has ended and could not be started again',
  slowConsumer: 'this device read too slowly',
  badFrame: 'the broker could not read what this page sent',
  unauthorized: 'the token is not good any more',
  forbidden: 'this device may not do that',
  handshakeTimeout: 'this page took too long to introduce itself',
  tooLarge: 'what this page sent was too large',
  tooMany: 'there are too many connections',
  silent: 'nothing was heard from the broker any more',
  notABroker: 'what answers here is no broker, or one of another version',
  gone: 'the broker or the network is gone',
};

/** Why it was cut, without a capital and a full stop. */
export function reasonOf({ reason, pendingBytes }: Cut): string {
  const sentence = SENTENCES[reason] ?? `the connection has ended (${reason})`;
  if (pendingBytes === null || pendingBytes <= 0) return sentence;
  return `${sentence} (${bytesInWords(pendingBytes)} were on their way)`;
}

/** What the bar shows. */
export interface Bar {
  readonly tone: 'live' | 'busy' | 'cut' | 'back';
  readonly text: string;
  /** Whether another try can be asked for. */
  readonly canRetry: boolean;
}

/** What the bar knows beside the connection. */
export interface Surroundings {
  /** By this client's clock, Unix milliseconds. */
  readonly now: number;
  /** When it was live again after the last cut; null where it was not cut, or is not live. */
  readonly backAt: number | null;
  /** Whether the browser thinks that it has a network. */
  readonly onLine: boolean;
}

/** The truth about a connection in one sentence. */
export function barOf(state: ConnectionState, { now, backAt, onLine }: Surroundings): Bar {
  const offline = onLine ? '' : ' This device is offline.';
  switch (state.status) {
    case 'connecting':
      return { tone: 'busy', text: connecting(state, offline), canRetry: false };
    case 'catchingUp':
      return { tone: 'busy', text: `Catching up…${was(state)}`, canRetry: false };
    case 'live':
      return live(state, backAt !== null && now - backAt < BACK_MS, offline);
    case 'waiting':
      return { tone: 'cut', text: `${cut(state)}${offline}`, canRetry: true };
    case 'closed':
      return {
        tone: 'cut',
        text: `${cut(state)}${offline} Reload the page to connect again.`,
        canRetry: false,
      };
  }
}

function live({ missed, lastCut, proving }: ConnectionState, isBack: boolean, offline: string): Bar {
  if (proving) return { tone: 'busy', text: `The broker does not answer…${offline}`, canRetry: false };
  // Not in silence: a page without network on a broker of the same machine is live all the same.
  if (!isBack || lastCut === null)
    return { tone: 'live', text: `Live${offline && `.${offline}`}`, canRetry: false };
  const text = {
    nothing: 'Back. You missed nothing.',
    refetched: 'Back. There was no replay of what you missed: everything was loaded anew.',
  };
  return { tone: 'back', text: missed === null ? 'Back.' : text[missed], canRetry: false };
}

function connecting({ lastCut, attempt }: ConnectionState, offline: string): string {
  if (lastCut === null && attempt <= 1) return `Connecting…${offline}`;
  const why = lastCut === null ? '' : ` Cut: ${reasonOf(lastCut)}.`;
  return `Connecting again…${why}${offline}`;
}

/** While it catches up the reason of the cut is known best: the broker has told it by then. */
function was({ lastCut, missed }: ConnectionState): string {
  return lastCut === null || missed !== null ? '' : ` Was cut: ${reasonOf(lastCut)}.`;
}

function cut({ lastCut }: ConnectionState): string {
  return lastCut === null ? 'No connection: the broker cannot be reached.' : `Cut: ${reasonOf(lastCut)}.`;
}

/** When the next try is; null where none is waited for. */
export function countdownOf({ status, retryAt }: ConnectionState, now: number): string | null {
  if (status !== 'waiting') return null;
  // A clock that was set meanwhile must not count for hours.
  const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1000);
  return seconds > 0 && seconds <= SECONDS_MAX ? `Next try in ${seconds} s` : 'Next try in a moment';
}
const SECONDS_MAX = 600;
