import { CARD_TEXT_CHARS_MAX } from '../limits.js';

/** A name and what there is to say of it, a line each; what is null is left out. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, fact: string | null])[];
}) {
  const known = facts.filter(([, fact]) => fact !== null);
  if (known.length === 0) return null;
  return (
    <dl class="request-facts">
      {known.map(([name, fact]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A command, or other text that is shown to the letter. */
export function Verbatim({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    <pre class="verbatim" role="region" tabIndex={0} aria-label={label}>
      {bounded(children)}
    </pre>
  );
}

const SIGNS: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'place' };

/** A unified diff, line by line. */
export function Diff({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    <pre class="verbatim request-diff" role="region" tabIndex={0} aria-label={label}>
      {bounded(children)
        .split('\n')
        .map((line, index) => (
          <span key={index} class={SIGNS[line.charAt(0)]}>
            {`${line}\n`}
          </span>
        ))}
    </pre>
  );
}

function bounded(text: string): string {
  if (text.length <= CARD_TEXT_CHARS_MAX) return text;
  return `${text.slice(0, CARD_TEXT_CHARS_MAX)}\n… ${text.length - CARD_TEXT_CHARS_MAX} more characters`;
}
