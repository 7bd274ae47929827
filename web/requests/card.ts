import type { WatchedThread } from '../../client/api.js';
import type { RequestState } from '../../client/types.js';

/** What every card is given. */
export interface CardProps {
  readonly thread: WatchedThread;
  readonly request: RequestState;
}
