import { createContext } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Client } from '../../client/api.js';
import type { ClientPresence, TurnOrigin } from '../../client/types.js';
import { NAMES_MAX } from '../limits.js';
import { useObservable, useSelected } from './observe.js';
import { nameOf } from './presence.js';

/** What somebody is called who did something: `you`, the name of a screen or a device, else that of the program. */
export type Who = (by: TurnOrigin) => string;

export const WhoContext = createContext<Who>(({ clientName }) => clientName);

/** Whoever was here is remembered when gone: at most `NAMES_MAX` connections, the newest. */
export class Names {
  readonly #names = new Map<string, string>();

  /** Whether any of it is new. */
  learn(present: readonly ClientPresence[], own: string | null): boolean {
    let isNew = false;
    const name = (connectionId: string, is: string): void => {
      if (this.#names.get(connectionId) === is) return;
      this.#names.set(connectionId, is);
      isNew = true;
    };
    if (own !== null) name(own, 'you');
    // A connection of this page stays its own when another has taken its place.
    for (const client of present)
      if (this.#names.get(client.connectionId) !== 'you') name(client.connectionId, nameOf(client));
    for (const [oldest] of this.#names) {
      if (this.#names.size <= NAMES_MAX) break;
      this.#names.delete(oldest);
    }
    return isNew;
  }

  of({ connectionId, clientName }: TurnOrigin): string {
    return this.#names.get(connectionId ?? '') ?? clientName;
  }
}

/** Another function when a name was learned, so that what shows names is drawn again. */
export function useWho(client: Client): Who {
  const names = useRef(new Names());
  const version = useRef(0);
  const present = useObservable(client.presence);
  const own = useSelected(client.connection, ({ connectionId }) => connectionId);
  if (names.current.learn(present, own)) version.current += 1;
  return useMemo<Who>(() => (by) => names.current.of(by), [version.current]);
}
