import type { ClientPresence } from '../../client/types.js';

/** Those on a thread, and those elsewhere; this page itself left out. */
export interface Present {
  readonly here: readonly ClientPresence[];
  readonly elsewhere: readonly ClientPresence[];
}

export function presentOn(threadId: string, clients: readonly ClientPresence[], own: string | null): Present {
  const others = clients.filter(({ connectionId }) => connectionId !== own);
  const isHere = ({ threads }: ClientPresence): boolean => threads.includes(threadId);
  return { here: others.filter(isHere), elsewhere: others.filter((client) => !isHere(client)) };
}

/** What a client is called: the name that it was paired under says most. */
export function nameOf({ device, title, clientName }: ClientPresence): string {
  return device ?? title ?? clientName;
}

/** What else there is to say of one. */
export function factsOf(client: ClientPresence): string {
  const { clientName, role, lagging } = client;
  const facts = [
    ...(nameOf(client) === clientName ? [] : [clientName]),
    ...(role === 'observer' ? ['looks on'] : []),
    ...(lagging ? ['reads slowly'] : []),
  ];
  return facts.join(' · ');
}
