import { isObject, member } from '../codex/json.js';
import type { Difference } from './compare.js';

/** One way in which the broker is not the real server, on purpose. `differences.md` says the same to people. */
export interface ListedDifference {
  readonly id: string;
  /** It is seen in each of these, in every run. */
  readonly shownBy: readonly string[];
  /** Whether it may be seen in any other scenario too. */
  readonly elsewhere: boolean;
  readonly matches: (difference: Difference) => boolean;
  readonly reason: string;
}

export const listedDifferences: readonly ListedDifference[] = [
  {
    id: 'originator',
    shownBy: ['start'],
    elsewhere: true,
    matches: ({ path, real, broker }) =>
      /(originator|userAgent)$/.test(path) &&
      typeof real === 'string' &&
      broker === real.replace(/^[a-d](\/|$)/, 'threadcast$1'),
    reason:
      'The real server calls itself after its first client. The runtime has one client, the broker, which may come long before any other.',
  },
  {
    id: 'close-frame',
    shownBy: ['start'],
    elsewhere: true,
    matches: ({ message, real, broker }) =>
      message.direction === 'wire' && real === 'closed 1006' && broker === 'closed 1005',
    reason:
      'A client that closes properly is answered with a close frame, as RFC 6455 asks; the real server just drops the connection.',
  },
  {
    id: 'rate-limits-for-all',
    shownBy: ['start'],
    elsewhere: true,
    matches: ({ kind, message }) => kind === 'extra' && message.subject === 'account/rateLimits/updated',
    reason:
      'It names no thread, so that one upstream connection cannot tell whose turn it was. It is about the account, and true for everybody.',
  },
  {
    id: 'token-usage-for-subscribers',
    shownBy: ['resume', 'opt-out'],
    elsewhere: true,
    matches: ({ kind, message }) => kind === 'extra' && message.subject === 'thread/tokenUsage/updated',
    reason:
      'After a resume it is meant for the one that asked, which does not show upstream. It says what all subscribers know already.',
  },
  {
    id: 'fill-in',
    shownBy: ['approval'],
    elsewhere: true,
    matches: ({ kind, message }) => kind === 'extra' && message.subject.startsWith('item/started'),
    reason:
      'Whoever resumes in mid-turn is told of the items in progress, with their text so far. On the real server that is lost until they are complete.',
  },
  {
    id: 'error-reason',
    shownBy: ['fork', 'plain-client'],
    elsewhere: true,
    matches: ({ path, real, broker }) =>
      path === 'error.data' && real === undefined && typeof member(broker, 'reason') === 'string',
    reason:
      'The errors of the broker itself also say why in a word for programs. Code and text are those of the real server.',
  },
  {
    id: 'tool-call-for-owner',
    shownBy: ['dynamic-tool'],
    elsewhere: false,
    matches: ({ kind, message }) =>
      kind !== 'changed' && (message.subject === 'item/tool/call' || message.direction === 'sent'),
    reason:
      'The call of a tool is for the client that brought it. The real server puts it to every subscriber, and takes the answer of whoever is first.',
  },
  {
    id: 'searches-apart',
    shownBy: ['file-search'],
    elsewhere: false,
    matches: ({ kind, message }) =>
      kind === 'missing' && message.subject.startsWith('fuzzyFileSearch/session'),
    reason:
      'What a search has found is told to the client that began it. On the real server everybody is told.',
  },
  {
    id: 'search-ids-apart',
    shownBy: ['file-search'],
    elsewhere: false,
    matches: ({ kind, message, path }) =>
      kind === 'changed' &&
      message.subject === 'answer to fuzzyFileSearch/sessionUpdate' &&
      /^(error|result)/.test(path),
    reason:
      'The id of a search is its client’s own. On the real server it is everybody’s, and any client may end it.',
  },
  {
    id: 'setup-told-to-all',
    shownBy: ['catalogue'],
    elsewhere: false,
    matches: ({ kind, message }) => kind === 'extra' && message.subject === 'windowsSandbox/setupCompleted',
    reason:
      'It comes after the answer and names nobody, so that one upstream connection cannot tell who asked. It says how the machine is set up.',
  },
  {
    id: 'refresh-for-owner',
    shownBy: ['tokens'],
    elsewhere: false,
    matches: ({ kind, message }) =>
      kind === 'missing' && message.subject === 'account/chatgptAuthTokens/refresh',
    reason:
      'Fresh tokens are asked of the client that logged in with its own. The real server asks everybody, and takes the first answer.',
  },
  {
    id: 'gate-first',
    shownBy: ['history'],
    elsewhere: false,
    matches: ({ path, real, broker }) =>
      path === 'error.message' &&
      typeof real === 'string' &&
      real.startsWith('Invalid request: ') &&
      typeof broker === 'string' &&
      broker.endsWith(' requires experimentalApi capability'),
    reason:
      'A client without experimentalApi is refused an experimental method before its params are looked at, which only the runtime can judge. The code is the same.',
  },
  {
    id: 'bad-frame-answered',
    shownBy: ['plain-client'],
    elsewhere: false,
    matches: ({ kind, broker }) =>
      kind === 'extra' && member(broker, 'id') === null && isObject(member(broker, 'error')),
    reason: 'What is no message is answered with an error without an id; the real server says nothing.',
  },
  {
    id: 'handshake-first',
    shownBy: ['plain-client'],
    elsewhere: false,
    matches: ({ path, real, broker }) =>
      path === 'error.message' &&
      broker === 'Not initialized' &&
      typeof real === 'string' &&
      real.startsWith('Invalid request: unknown variant'),
    reason: 'Before the handshake nothing is passed on, and only the runtime knows which methods there are.',
  },
  {
    id: 'handshake-words',
    shownBy: ['plain-client'],
    elsewhere: false,
    matches: ({ message, path }) => message.subject === 'answer to initialize' && path === 'error.message',
    reason:
      'The broker answers `initialize` itself, and says in its own words which member has a wrong type. The code is the same.',
  },
];

export interface Verdict {
  /** Differences that nobody has accounted for. */
  readonly unlisted: readonly Difference[];
  /** The ids of listed differences that should have shown and did not: the list is out of date. */
  readonly vanished: readonly string[];
}

/** Holds what a scenario showed against the list. */
export function judge(
  scenario: string,
  found: readonly Difference[],
  listed: readonly ListedDifference[] = listedDifferences,
): Verdict {
  const own = listed.filter(({ shownBy }) => shownBy.includes(scenario));
  const allowed = [...own, ...listed.filter(({ elsewhere }) => elsewhere)];
  return {
    unlisted: found.filter((difference) => !allowed.some((each) => each.matches(difference))),
    vanished: own.filter((each) => !found.some((difference) => each.matches(difference))).map(({ id }) => id),
  };
}
