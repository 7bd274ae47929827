import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { RequestState } from '../../client/types.js';
import { CheckIcon, HandIcon } from '../app/icons.js';

export interface CardFrameProps {
  readonly request: RequestState;
  readonly title: string;
  readonly reason: string | null;
  /** The connection of this page: what it answered itself is said so. */
  readonly connectionId: string | null;
  readonly error: string | null;
  readonly children: ComponentChildren;
  /** Buttons or a form: what only somebody sees who may answer. */
  readonly actions: ComponentChildren;
}

/** What all cards have around them: the title, why it is asked, what became of it. */
export function CardFrame(props: CardFrameProps) {
  const { request, title, reason, connectionId, error, children, actions } = props;
  const titleId = useId();
  if (request.status === 'resolved')
    return <Resolved request={request} title={title} connectionId={connectionId} />;
  return (
    <section
      class="request"
      aria-labelledby={titleId}
      data-request={request.requestId}
      data-status={request.status}
    >
      <header class="request-head">
        <HandIcon />
        <h3 id={titleId}>{title}</h3>
      </header>
      {reason !== null && <p class="request-reason">{reason}</p>}
      {children}
      {request.status === 'watching' ? (
        <p class="request-note">Waits for somebody who may answer: you are looking on.</p>
      ) : (
        actions
      )}
      {error !== null && (
        <p class="request-error" role="alert">
          It was not answered: {error}
        </p>
      )}
    </section>
  );
}

function Resolved({
  request,
  title,
  connectionId,
}: Pick<CardFrameProps, 'request' | 'title' | 'connectionId'>) {
  return (
    <section class="request request-resolved" data-request={request.requestId} data-status="resolved">
      <CheckIcon />
      <span class="request-resolved-title">{title}</span>
      <span class="request-resolved-by">{outcomeOf(request, connectionId)}</span>
    </section>
  );
}

/** What became of a request, and by whom. */
function outcomeOf({ by, outcome }: RequestState, connectionId: string | null): string {
  if (outcome === 'cancelled') return 'No longer asked';
  if (by === null) return 'Answered';
  const who = by.connectionId === connectionId ? 'you' : by.clientName;
  return outcome === 'refused' ? `Refused by ${who}` : `Answered by ${who}`;
}
