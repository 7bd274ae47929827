import { useLayoutEffect, useReducer } from 'preact/hooks';
import type { Observable } from '../../client/types.js';

/** What an observable holds; the component is drawn again when that has changed. */
export function useObservable<State>(observable: Observable<State>): State {
  return useSelected(observable, same);
}

function same<State>(state: State): State {
  return state;
}

/**
 * A part of what an observable holds; the component is drawn again when that part is another one. A thread changes
 * fifty times a second while its agent writes: what does not show the text should not be drawn as often.
 */
export function useSelected<State, Part>(
  observable: Observable<State>,
  select: (state: State) => Part,
): Part {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const part = select(observable.state);
  useLayoutEffect(() => {
    let drawn = part;
    const changed = (): void => {
      const now = select(observable.state);
      if (Object.is(now, drawn)) return;
      drawn = now;
      draw(undefined);
    };
    const unsubscribe = observable.subscribe(changed);
    // What has changed between drawing and subscribing.
    changed();
    return unsubscribe;
    // A `select` is written in place, and always selects the same: what it selected does not count.
  }, [observable]);
  return part;
}
