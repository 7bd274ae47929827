import { useLayoutEffect, useState } from 'preact/hooks';
import type { Observable } from '../../client/types.js';

/** What an observable holds, looked at once a frame at most: fifty changes a second are no fifty drawings. */
export function useFrames<State>(observable: Observable<State>): State {
  const [state, setState] = useState(observable.state);
  useLayoutEffect(() => {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      setState(observable.state);
    };
    const unsubscribe = observable.subscribe(() => {
      if (frame === 0) frame = requestAnimationFrame(look);
    });
    look();
    return () => {
      unsubscribe();
      cancelAnimationFrame(frame);
    };
  }, [observable]);
  return state;
}
