import type { ComponentChildren } from 'preact';
import { useContext, useId } from 'preact/hooks';
import type { RequestState } from '../../client/types.js';
import { CheckIcon, HandIcon } from '../app/icons.js';
import { WhoContext } from '../state/who.js';
import type { Who } from '../state/who.js';
import { LongText } from '../thread/LongText.js';
import { label } from '../thread/text.js';

export interface CardFrameProps {
  readonly request: RequestState;
  readonly title: string;
  readonly reason: string | null;
  readonly error: string | null;
  readonly children: ComponentChildren;
  /** Buttons or a form: what only somebody sees who may answer. */
  readonly actions: ComponentChildren;
}

/** What all cards have around them: the title, why it is asked, what became of it. */
export function CardFrame(props: CardFrameProps) {
  const { request, title, reason, error, children, actions } = props;
  const titleId = useId();
  if (request.status === 'resolved') return <Resolved request={request} title={title} />;
  return (
    <section
      class="request"
      aria-labelledby={titleId}
      data-request={request.requestId}
      data-status={request.status}
    >
      <header class="request-head">
        <HandIcon />
        <h3 id={titleId}>{label(title)}</h3>
      </header>
      {reason !== null && <LongText text={reason} isFinished />}
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

function Resolved({ request, title }: Pick<CardFrameProps, 'request' | 'title'>) {
  const who = useContext(WhoContext);
  return (
    <section class="request request-resolved" data-request={request.requestId} data-status="resolved">
      <CheckIcon />
      <span class="request-resolved-title">{label(title)}</span>
      <span class="request-resolved-by">{outcomeOf(request, who)}</span>
    </section>
  );
}

/** What became of a request, and by whom. */
function outcomeOf({ by, outcome }: RequestState, who: Who): string {
  if (outcome === 'cancelled') return 'No longer asked';
  if (by === null) return 'Answered';
  return `${outcome === 'refused' ? 'Refused' : 'Answered'} by ${label(who(by))}`;
}
