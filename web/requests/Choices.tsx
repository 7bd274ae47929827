import { label as labelOf, plain } from '../thread/text.js';
import type { Choice } from './choices.js';
import type { Answering } from './use-answer.js';

const CLASSES = { accept: 'button primary', plain: 'button', decline: 'button mild' } as const;

/** A button for each answer. */
export function Choices({
  choices,
  answering,
}: {
  readonly choices: readonly Choice[];
  readonly answering: Answering;
}) {
  return (
    <div class="choices" aria-busy={answering.isBusy}>
      {choices.map(({ id, label, hint, detail, tone, result }) => (
        <button
          key={id}
          type="button"
          class={CLASSES[tone]}
          disabled={answering.isBusy}
          title={hint ?? undefined}
          data-choice={id}
          onClick={() => answering.answer(result)}
        >
          {labelOf(label)}
          {detail !== undefined && <small>{plain(detail)}</small>}
        </button>
      ))}
    </div>
  );
}
