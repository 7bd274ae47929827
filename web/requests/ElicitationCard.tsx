import { jsonOf, label } from '../thread/text.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { elicitationChoices } from './choices.js';
import { ElicitationForm } from './ElicitationForm.js';
import { Facts, Verbatim } from './Facts.js';
import { fieldsOf, webLink } from './form.js';
import { text } from './params.js';
import { useAnswer } from './use-answer.js';

/** `mcpServer/elicitation/request`: a tool server asks for something, with a form or through a link. */
export function ElicitationCard({ thread, request }: CardProps) {
  const { params } = request;
  const answering = useAnswer(thread, request);
  const server = text(params['serverName']) ?? 'A tool server';
  const { title, content, actions } = partsOf({ thread, request }, answering);
  return (
    <CardFrame
      request={request}
      title={title ?? `${server} asks you`}
      reason={text(params['message']) ?? text(params['description'])}
      error={answering.error}
      actions={actions}
    >
      {content}
      <Facts facts={[['Asked by', server]]} />
    </CardFrame>
  );
}

/** What differs by the way that it is asked. */
function partsOf({ request: { params, requestId } }: CardProps, answering: ReturnType<typeof useAnswer>) {
  if (params['mode'] === 'url') return { title: null, ...linkParts(params['url'], answering) };
  const fields =
    params['mode'] === 'form' || params['requestedSchema'] !== undefined
      ? fieldsOf(params['requestedSchema'])
      : null;
  if (fields !== null)
    return {
      title: null,
      content: null,
      actions: <ElicitationForm key={requestId} fields={fields} answering={answering} />,
    };
  // What this page cannot ask for must not be accepted without an answer.
  const refusals = elicitationChoices('').filter(({ id }) => id !== 'accept');
  return {
    title: text(params['title']),
    content: <Verbatim label="What was asked">{jsonOf(params['requestedSchema'] ?? params)}</Verbatim>,
    actions: <Choices choices={refusals} answering={answering} />,
  };
}

function linkParts(url: unknown, answering: ReturnType<typeof useAnswer>) {
  const link = webLink(url);
  const choices = elicitationChoices('I have done it');
  if (link === null) {
    const content = (
      <p class="request-note">Its link is not one of the web, and is not opened: {label(url) || 'none'}</p>
    );
    return { content, actions: <Choices choices={choices.slice(1)} answering={answering} /> };
  }
  const content = (
    <p class="request-link">
      <a class="button" href={link} target="_blank" rel="noopener noreferrer">
        Open {new URL(link).host}
      </a>
      <span class="request-url">{link}</span>
    </p>
  );
  return { content, actions: <Choices choices={choices} answering={answering} /> };
}
