import type { Stats } from 'node:fs';

/** The permissions of anybody but the owner. */
const OTHERS = 0o077;

/** Why a file or a folder is not this user's alone, and the command that mends it; null where it is. */
export function exposure(path: string, { uid, mode }: Pick<Stats, 'uid' | 'mode'>): string | null {
  const own = process.getuid?.() ?? uid;
  if (uid !== own) return `${path} belongs to another user (uid ${uid}); mend it with: chown ${own} ${path}`;
  if ((mode & OTHERS) === 0) return null;
  const right = (mode & ~OTHERS & 0o777).toString(8);
  return `${path} is open to other users; mend it with: chmod ${right} ${path}`;
}
