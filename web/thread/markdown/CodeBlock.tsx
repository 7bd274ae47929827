import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { HIGHLIGHT_CHARS_MAX } from '../../limits.js';
import { CopyButton } from '../CopyButton.js';
import { label, plain } from '../text.js';
import { sanitizedCode } from './sanitize.js';
import type * as Languages from './languages.js';

/** Code in its frame. It gets its colours when it is finished, which changes no size: nothing jumps. */
export function CodeBlock({
  code,
  language,
  isFinished,
}: {
  code: string;
  language: string;
  isFinished: boolean;
}): JSX.Element {
  const element = useRef<HTMLElement>(null);
  // `ts title="x"`: the first word is the language.
  const name =
    label(language)
      .split(/[\s,{]/)[0]
      ?.toLowerCase() ?? '';
  useLayoutEffect(() => {
    if (element.current !== null) element.current.textContent = plain(code);
  }, [code]);
  useEffect(() => {
    if (!isFinished || name === '' || code.length > HIGHLIGHT_CHARS_MAX) return undefined;
    let isCurrent = true;
    const paint = ({ coloured }: typeof Languages): void => {
      const html = isCurrent ? coloured(plain(code), name) : null;
      if (html !== null) element.current?.replaceChildren(sanitizedCode(html));
    };
    // After an upgrade of the broker the file of an old page may be gone: then it stays black on white.
    import('./languages.js').then(paint, () => undefined);
    return () => {
      isCurrent = false;
    };
  }, [code, name, isFinished]);
  return (
    <figure class="code">
      <figcaption class="code-head">
        <span>{name === '' ? 'text' : name}</span>
        <CopyButton text={() => code} />
      </figcaption>
      <pre tabIndex={0} aria-label={`Code, ${name === '' ? 'text' : name}`}>
        <code ref={element} />
      </pre>
    </figure>
  );
}
