import { useObservable } from '../state/observe.js';
import { update } from '../state/update.js';

/** Says that there is a newer page. */
export function UpdateLine() {
  const isThere = useObservable(update);
  if (!isThere) return null;
  return (
    <p class="strip" role="status">
      There is a new version.
      <button type="button" class="button small" onClick={() => update.take()}>
        Reload
      </button>
    </p>
  );
}
