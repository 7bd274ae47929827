import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Client } from '../../client/api.js';
import type { Drafts } from '../state/drafts.js';
import type { Notices } from '../state/notices.js';
import type { Outgoing } from '../state/outgoing.js';
import type { Theme } from '../state/theme.js';

/** What every part of the page may use while it is connected. */
export interface Workplace {
  readonly client: Client;
  readonly drafts: Drafts;
  readonly outgoing: Outgoing;
  readonly notices: Notices;
  readonly theme: Theme;
}

export const WorkplaceContext = createContext<Workplace | null>(null);

/** @throws {Error} outside of one: a bug of the page */
export function useWorkplace(): Workplace {
  const workplace = useContext(WorkplaceContext);
  if (workplace === null) throw new Error('there is no workplace around this');
  return workplace;
}
