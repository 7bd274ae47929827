import type { JSX } from 'preact';
import type { DynamicToolCallItem, McpToolCallItem } from '../../../client/runtime-types.js';
import { Card } from '../Card.js';
import { LongText } from '../LongText.js';
import { OwnImage } from '../OwnImage.js';
import { outcomeOf } from '../outcome.js';
import { durationOf, jsonOf, label, listOf, plain, textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function McpToolCall({ item, state, place }: ItemProps<McpToolCallItem>): JSX.Element {
  const progress = listOf(state.progress).at(-1);
  const error = item.error === null || item.error === undefined ? '' : textOf(item.error.message);
  return (
    <Card
      place={place}
      glyph="tool"
      outcome={outcomeOf(item.status, state)}
      title={<ToolName server={label(item.server)} tool={label(item.tool)} />}
      note={
        <>
          {state.inProgress && progress !== undefined && <bdi>{label(progress)}</bdi>}
          {typeof item.durationMs === 'number' && <span>{durationOf(item.durationMs)}</span>}
        </>
      }
      always={error !== '' && <p class="fault">{plain(error)}</p>}
      inside={() => <CallInside args={item.arguments} contents={listOf(item.result?.content)} />}
    />
  );
}

export function DynamicToolCall({ item, state, place }: ItemProps<DynamicToolCallItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="tool"
      outcome={item.success === false ? 'bad' : outcomeOf(item.status, state)}
      title={<ToolName server="" tool={label(item.tool)} />}
      inside={() => <CallInside args={item.arguments} contents={listOf(item.contentItems)} />}
    />
  );
}

function ToolName({ server, tool }: { server: string; tool: string }): JSX.Element {
  return (
    <bdi class="command-line">
      {server !== '' && <span class="tool-server">{server} · </span>}
      {tool || 'a tool'}
    </bdi>
  );
}

function CallInside({ args, contents }: { args: unknown; contents: readonly unknown[] }): JSX.Element {
  return (
    <dl class="deed-facts">
      <dt>Arguments</dt>
      <dd class="json">
        <LongText text={jsonOf(args)} isFinished />
      </dd>
      {contents.length > 0 && <dt>Result</dt>}
      {contents.map((content, index) => (
        <dd class="json" key={index}>
          <Content content={content} />
        </dd>
      ))}
    </dl>
  );
}

/** Text and images in the shapes that tools give them in; all else as JSON. */
function Content({ content }: { content: unknown }): JSX.Element {
  const given = (typeof content === 'object' && content !== null ? content : {}) as {
    type?: unknown;
    text?: unknown;
    data?: unknown;
    mimeType?: unknown;
    imageUrl?: unknown;
    image_url?: unknown;
  };
  if (typeof given.text === 'string') return <LongText text={given.text} isFinished />;
  const url = textOf(given.imageUrl) || textOf(given.image_url);
  if (url !== '') return <OwnImage source={url} name="Image of a tool" />;
  if (given.type === 'image' && typeof given.data === 'string')
    return <OwnImage source={`data:${textOf(given.mimeType)};base64,${given.data}`} name="Image of a tool" />;
  return <LongText text={jsonOf(content)} isFinished />;
}
