import type { ComponentType } from 'preact';
import { useEffect, useReducer, useRef } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { RequestState } from '../../client/types.js';
import { ANSWERED_MS } from '../limits.js';
import { useSelected } from '../state/observe.js';
import { Guard } from '../thread/Guard.js';
import type { CardProps } from './card.js';
import { CommandCard } from './CommandCard.js';
import { ElicitationCard } from './ElicitationCard.js';
import { FileCard } from './FileCard.js';
import { LegacyCard } from './LegacyCard.js';
import { entryOf } from './params.js';
import { PermissionsCard } from './PermissionsCard.js';
import { QuestionsCard } from './QuestionsCard.js';
import { UnknownCard } from './UnknownCard.js';

/** The one table of which card shows which request. */
const CARDS: Readonly<Record<string, ComponentType<CardProps>>> = {
  'item/commandExecution/requestApproval': CommandCard,
  'item/fileChange/requestApproval': FileCard,
  'item/permissions/requestApproval': PermissionsCard,
  'item/tool/requestUserInput': QuestionsCard,
  'mcpServer/elicitation/request': ElicitationCard,
  applyPatchApproval: LegacyCard,
  execCommandApproval: LegacyCard,
};

interface RequestsProps {
  readonly thread: WatchedThread;
}

/** The requests of a thread that wait, and for a moment those that somebody has answered before one's eyes. */
export function Requests({ thread }: RequestsProps) {
  const requests = useSelected(thread, ({ requests: all }) => all);
  const shown = useShown(requests);
  const open = requests.filter(({ status }) => status === 'open').length;
  return (
    <>
      <p class="visually-hidden" role="status">
        {open === 0 ? '' : `${open === 1 ? 'A request waits' : `${open} requests wait`} for your answer`}
      </p>
      {shown.length > 0 && (
        <div class="cards">
          {shown.map((request) => {
            const Card = entryOf(CARDS, request.method) ?? UnknownCard;
            const props = { thread, request };
            return (
              <Guard key={request.requestId} of={request} instead={() => <UnknownCard {...props} />}>
                <Card {...props} />
              </Guard>
            );
          })}
        </div>
      )}
    </>
  );
}

/** What was resolved before this page looked is history: the thread shows it. */
function useShown(requests: readonly RequestState[]): readonly RequestState[] {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  /** Until when each is shown, by `performance.now()`; while it is not resolved there is no end. */
  const { current: until } = useRef(new Map<RequestState['requestId'], number>());
  const now = performance.now();
  for (const { requestId, status } of requests) {
    if (status !== 'resolved') until.set(requestId, Infinity);
    else if (until.get(requestId) === Infinity) until.set(requestId, now + ANSWERED_MS);
  }
  const shown = requests.filter(({ requestId }) => (until.get(requestId) ?? 0) > now);
  const next = Math.min(...shown.map(({ requestId }) => until.get(requestId) ?? Infinity));
  useEffect(() => {
    if (next === Infinity) return undefined;
    const timer = setTimeout(() => draw(undefined), next - performance.now() + 1);
    return () => clearTimeout(timer);
  }, [next]);
  return shown;
}
