import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { FOLDS_MAX } from '../limits.js';

/** What the reader has folded and unfolded, by place: a row that leaves the screen and comes back is as it was left. */
export class Folds {
  readonly #open = new Map<string, boolean>();

  get(place: string): boolean | undefined {
    return this.#open.get(place);
  }

  set(place: string, isOpen: boolean): void {
    this.#open.delete(place);
    this.#open.set(place, isOpen);
    const [oldest] = this.#open.keys();
    if (this.#open.size > FOLDS_MAX && oldest !== undefined) this.#open.delete(oldest);
  }
}

/** That of the thread on the screen. */
export const FoldsContext = createContext(new Folds());

/** Whether what stands at `place` is unfolded, and a way to change it. */
export function useFold(place: string, isOpenAtFirst: boolean): [boolean, () => void] {
  const folds = useContext(FoldsContext);
  const [chosen, choose] = useState(folds.get(place));
  const isOpen = chosen ?? isOpenAtFirst;
  const toggle = (): void => {
    folds.set(place, !isOpen);
    choose(!isOpen);
  };
  return [isOpen, toggle];
}
