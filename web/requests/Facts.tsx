import { LongText } from '../thread/LongText.js';

/** A name and what there is to say of it, a line each; what is null is left out. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, fact: string | null])[];
}) {
  const known = facts.flatMap(([name, fact]) => (fact === null ? [] : [[name, fact] as const]));
  if (known.length === 0) return null;
  return (
    <dl class="request-facts">
      {known.map(([name, fact]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <LongText text={fact} isFinished />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Space that may hide what stands behind it. */
const GAP = /\s{64,}/g;

/** A command, or other text that is shown to the letter; what cannot be seen in it is spelt out. */
export function Verbatim({ label, children }: { readonly label: string; readonly children: string }) {
  const text = children.replaceAll(GAP, ({ length }) => ` ⟨${length} spaces or empty lines⟩ `);
  return (
    <div class="verbatim" role="region" tabIndex={0} aria-label={label}>
      <LongText text={text} isFinished />
    </div>
  );
}
