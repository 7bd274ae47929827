import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { RequestState } from '../../client/types.js';
import { ANSWERED_MS } from '../limits.js';
import { useSelected } from '../state/observe.js';
import type { CardProps } from './card.js';
import { CommandCard } from './CommandCard.js';
import { ElicitationCard } from './ElicitationCard.js';
import { FileCard } from './FileCard.js';
import { LegacyCard } from './LegacyCard.js';
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
  readonly connectionId: string | null;
}

/** The requests of a thread that wait, and for a moment those that somebody has answered before one's eyes. */
export function Requests({ thread, connectionId }: RequestsProps) {
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
            const Card = CARDS[request.method] ?? UnknownCard;
            return (
              <Card key={request.requestId} thread={thread} request={request} connectionId={connectionId} />
            );
          })}
        </div>
      )}
    </>
  );
}

/** What was resolved before this page looked is history: the thread shows it. */
function useShown(requests: readonly RequestState[]): readonly RequestState[] {
  const seen = useRef(new Set<RequestState['requestId']>());
  const [faded, setFaded] = useState<ReadonlySet<RequestState['requestId']>>(new Set());
  for (const { requestId, status } of requests) if (status !== 'resolved') seen.current.add(requestId);
  const leaving = requests
    .filter(
      ({ requestId, status }) =>
        status === 'resolved' && seen.current.has(requestId) && !faded.has(requestId),
    )
    .map(({ requestId }) => requestId);
  const key = leaving.join(' ');
  useEffect(() => {
    if (key === '') return;
    const timer = setTimeout(() => setFaded((before) => new Set([...before, ...leaving])), ANSWERED_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return requests.filter(
    ({ requestId, status }) =>
      status !== 'resolved' || (seen.current.has(requestId) && !faded.has(requestId)),
  );
}
