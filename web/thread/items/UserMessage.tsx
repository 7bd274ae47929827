import type { JSX } from 'preact';
import type { UserInput, UserMessageItem } from '../../../client/runtime-types.js';
import { Glyph } from '../Glyph.js';
import { LongText } from '../LongText.js';
import { OwnImage } from '../OwnImage.js';
import { label, listOf, textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function UserMessage({ item }: ItemProps<UserMessageItem>): JSX.Element {
  return (
    <div class="said" role="group" aria-label="Message">
      {listOf(item.content).map((input, index) => (
        <Input key={index} input={input} />
      ))}
    </div>
  );
}

function Input({ input }: { input: UserInput }): JSX.Element | null {
  if (input.type === 'text') return <LongText text={textOf(input.text)} isFinished />;
  if (input.type === 'image') return <OwnImage source={textOf(input.url)} name="Attached image" />;
  const name = 'name' in input ? label(input.name) : '';
  return (
    <p class="said-reference">
      <Glyph name={input.type === 'localImage' ? 'image' : 'other'} />
      <span class="visually-hidden">{input.type === 'localImage' ? 'image' : label(input.type)} </span>
      <bdi class="path">{name || label(input.path) || label(input.type)}</bdi>
    </p>
  );
}
