import { createContext } from 'preact';

/** The id of the page's own connection; null while there is none. */
export const OwnConnectionContext = createContext<string | null>(null);
