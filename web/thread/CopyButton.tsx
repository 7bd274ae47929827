import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';

const COPIED_MS = 1_500;

/** Copies what `text` gives at that moment. Says so for a while. */
export function CopyButton({ text }: { text: () => string }): JSX.Element {
  const [said, setSaid] = useState<'Copy' | 'Copied' | 'Not copied'>('Copy');
  useEffect(() => {
    if (said === 'Copy') return undefined;
    const timer = setTimeout(() => setSaid('Copy'), COPIED_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    // On an address that is no secure context there is no clipboard.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    const written = clipboard === undefined ? Promise.reject(new Error()) : clipboard.writeText(text());
    written.then(
      () => setSaid('Copied'),
      () => setSaid('Not copied'),
    );
  };
  return (
    <button type="button" class="quiet-button" onClick={copy}>
      <span aria-live="polite">{said}</span>
    </button>
  );
}
