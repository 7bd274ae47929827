import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { unknownChoices } from './choices.js';
import { Verbatim } from './Facts.js';
import { jsonOf } from '../thread/text.js';
import { useAnswer } from './use-answer.js';

/** A request of a later version, which this page has no card for. */
export function UnknownCard({ thread, request }: CardProps) {
  const answering = useAnswer(thread, request);
  return (
    <CardFrame
      request={request}
      title={`The agent asks: ${request.method}`}
      reason="This page does not know this kind of request. It can be answered in another client."
      error={answering.error}
      actions={<Choices choices={unknownChoices()} answering={answering} />}
    >
      <Verbatim label="What was asked">{jsonOf(request.params)}</Verbatim>
    </CardFrame>
  );
}
