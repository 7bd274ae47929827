/** Items of one line. */
import type { JSX } from 'preact';
import type {
  CompactionItem,
  ImageGenerationItem,
  ImageViewItem,
  OtherItem,
  ReviewItem,
  WebSearchItem,
} from '../../../client/runtime-types.js';
import { Card } from '../Card.js';
import { LongText } from '../LongText.js';
import { Markdown } from '../markdown/Markdown.js';
import { OwnImage } from '../OwnImage.js';
import { jsonOf, label, textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function WebSearch({ item, state, place }: ItemProps<WebSearchItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="search"
      outcome={state.inProgress ? 'running' : 'none'}
      title={state.inProgress ? 'Searches the web' : 'Searched the web'}
      note={<bdi class="deed-line-of-text">{label(item.query)}</bdi>}
    />
  );
}

/** The image is where the agent runs, which no page can read. */
export function ImageView({ item, place }: ItemProps<ImageViewItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="image"
      title="Looked at an image"
      note={<bdi class="path">{label(item.path)}</bdi>}
    />
  );
}

const KINDS: readonly (readonly [start: string, type: string])[] = [
  ['/9j/', 'jpeg'],
  ['UklGR', 'webp'],
  ['R0lGOD', 'gif'],
];

export function ImageGeneration({ item, state, place }: ItemProps<ImageGenerationItem>): JSX.Element {
  const base64 = textOf(item.result);
  const type = KINDS.find(([start]) => base64.startsWith(start))?.[1] ?? 'png';
  return (
    <Card
      place={place}
      glyph="image"
      outcome={state.inProgress ? 'running' : 'none'}
      title={state.inProgress ? 'Makes an image' : 'Made an image'}
      isOpenAtFirst
      inside={
        base64 === ''
          ? null
          : () => <OwnImage source={`data:image/${type};base64,${base64}`} name="Image made by the agent" />
      }
    />
  );
}

export function Review({ item, place }: ItemProps<ReviewItem>): JSX.Element {
  const isEntered = item.type === 'enteredReviewMode';
  const review = textOf(item.review);
  return (
    <Card
      place={place}
      glyph="review"
      title={isEntered ? 'Began a review' : 'Ended the review'}
      note={isEntered && <bdi class="deed-line-of-text">{label(review)}</bdi>}
      isOpenAtFirst={!isEntered}
      inside={isEntered || review === '' ? null : () => <Markdown text={review} isFinished />}
    />
  );
}

export function Compaction({ state, place }: ItemProps<CompactionItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="compact"
      outcome={state.inProgress ? 'running' : 'none'}
      title={state.inProgress ? 'Shortens what it remembers' : 'Shortened what it remembers of the thread'}
    />
  );
}

/** Of a kind that came later than this page. */
export function Other({ item, place }: ItemProps<OtherItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="other"
      title={<bdi>{label(item.type) || 'something'}</bdi>}
      inside={() => (
        <div class="json">
          <LongText text={jsonOf(item)} isFinished />
        </div>
      )}
    />
  );
}
