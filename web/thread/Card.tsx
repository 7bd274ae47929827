import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useFold } from './folds.js';
import { Glyph } from './Glyph.js';
import type { GlyphName } from './Glyph.js';
import type { Outcome } from './outcome.js';

const SAID: Readonly<Record<Outcome, string>> = {
  running: 'running',
  good: 'done',
  bad: 'failed',
  declined: 'declined',
  stopped: 'stopped',
  none: '',
};

interface CardProps {
  /** Where its folding is remembered. */
  readonly place: string;
  readonly glyph: GlyphName;
  readonly title: ComponentChildren;
  /** Small, behind the title. */
  readonly note?: ComponentChildren;
  readonly outcome?: Outcome;
  readonly isOpenAtFirst?: boolean;
  /** Shown folded and unfolded. */
  readonly always?: ComponentChildren;
  /** Made when it is unfolded; absent where there is nothing to unfold. */
  readonly inside?: (() => ComponentChildren) | null;
}

/** One thing that the agent did: a line that says it, and what is to be seen when it is unfolded. */
export function Card({ place, glyph, title, note, outcome = 'none', ...rest }: CardProps): JSX.Element {
  const { isOpenAtFirst = false, always, inside = null } = rest;
  const [isOpen, toggle] = useFold(place, isOpenAtFirst);
  const id = useId();
  const line = (
    <>
      <Glyph name={outcome === 'running' ? 'running' : glyph} />
      <span class="deed-title">{title}</span>
      <span class="deed-note">{note}</span>
      {SAID[outcome] !== '' && <span class="visually-hidden">, {SAID[outcome]}</span>}
    </>
  );
  return (
    <section class={`deed deed-${outcome}`}>
      {inside === null ? (
        <div class="deed-line">{line}</div>
      ) : (
        <button type="button" class="deed-line" aria-expanded={isOpen} aria-controls={id} onClick={toggle}>
          {line}
          <Glyph name="chevron" />
        </button>
      )}
      {always}
      {inside !== null && (
        <div class="deed-inside" id={id} hidden={!isOpen}>
          {isOpen && inside()}
        </div>
      )}
    </section>
  );
}
