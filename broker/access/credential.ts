import type { Role } from '../../protocol/methods.js';

/** Who a connection speaks for. */
export interface Credential {
  /** Whoever has the same one is the same to us: `owner`, or the id of a device. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The most that it may do. */
  readonly role: Role;
  /** It came over TCP, from loopback too: nothing but the credential says that it is this machine's user. */
  readonly remote: boolean;
}

/** This user's own processes: on stdio, or on a unix socket in a folder that nobody else can enter. */
export const LOCAL_OWNER: Credential = { id: 'owner', name: 'owner', role: 'owner', remote: false };
/** Whoever has the token. */
export const REMOTE_OWNER: Credential = { ...LOCAL_OWNER, remote: true };
