import { useEffect, useRef } from 'preact/hooks';

/** What a key does, by `KeyboardEvent.key`. */
export type Keys = Readonly<Record<string, () => void>>;

const TYPED_INTO = 'input, textarea, select, [contenteditable]';

/** Keys of the whole page: not while somebody types, and not behind a dialog. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target))
        return;
      const run = current.current[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
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
