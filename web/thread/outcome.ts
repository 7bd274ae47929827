import type { ItemState } from '../../client/types.js';

/** How something stands that was done. */
export type Outcome = 'running' | 'good' | 'bad' | 'declined' | 'stopped' | 'none';

/** The outcome of an item by the word that the runtime has for it: its last one, also where its turn was stopped. */
export function outcomeOf(status: unknown, { inProgress }: Pick<ItemState, 'inProgress'>): Outcome {
  if (status === 'inProgress') return inProgress ? 'running' : 'stopped';
  if (status === 'failed') return 'bad';
  if (status === 'declined') return 'declined';
  return 'good';
}
