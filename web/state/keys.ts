import { useEffect, useRef } from 'preact/hooks';

/** What a key does, by `KeyboardEvent.key`. */
export type Keys = Readonly<Record<string, () => void>>;

const TYPED_INTO = 'input, textarea, select, [contenteditable]';
/** What scrolls by itself while it has the focus. */
const SCROLLED = '[tabindex="0"]';

/** Keys of the whole page: not while somebody types or scrolls with them, and not behind a dialog or a menu. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      const run = current.current[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

function isBusy({ target, key }: KeyboardEvent): boolean {
  // A menu takes Esc and the arrows for itself.
  if (document.querySelector('dialog[open], :popover-open') !== null) return true;
  if (!(target instanceof Element)) return false;
  return target.closest(key.startsWith('Arrow') ? `${TYPED_INTO}, ${SCROLLED}` : TYPED_INTO) !== null;
}

/** Moves the focus along the links that a selector finds. */
export function moveFocus(selector: string, step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>(selector)];
  const at = all.findIndex((each) => each === document.activeElement);
  const start = all.findIndex((each) => each.ariaCurrent === 'page');
  const from = at === -1 ? (start === -1 ? (step === 1 ? -1 : all.length) : start) : at;
  all[Math.max(0, Math.min(all.length - 1, from + step))]?.focus();
}

/** The keys, for the dialog that shows them. */
export const KEY_WORDS: readonly (readonly [keys: string, does: string])[] = [
  ['j k ↓ ↑', 'next and previous thread'],
  ['Enter', 'open the thread; send, in the composer'],
  ['Shift Enter', 'a new line in the composer'],
  ['Esc or Ctrl .', 'stop the turn, in the composer'],
  ['c', 'write'],
  ['r', 'go to the request that waits'],
  ['/', 'search'],
  ['n', 'new thread'],
  ['Esc', 'back to the list'],
  ['?', 'show these keys'],
];
