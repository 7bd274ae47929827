import { createContext } from 'preact';
import type { ItemState } from '../../../client/types.js';

/** What a component of items is given. `item` is what the runtime has, and may lack members all the same. */
export interface ItemProps<T> {
  readonly item: T;
  readonly state: ItemState;
  /** Where its folding is remembered. */
  readonly place: string;
}

/** The folder that the thread works in; empty where it is not known. */
export const FolderContext = createContext('');

/** Opens another thread. */
export const OpenThreadContext = createContext<(threadId: string) => void>(() => undefined);
