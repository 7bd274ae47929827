import { lstatSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { UNIX_PATH_BYTES_MAX } from '../../protocol/limits.js';

/** Nobody but the user may connect. */
const NOT_FOR_OTHERS = 0o177;

/**
 * Makes sure that a unix socket can be bound at `path`; a socket file that nobody listens on is removed. The server
 * libraries are not asked: uWebSockets.js takes over a live socket, replaces any file, and ends the process over a
 * path that is too long.
 * @returns why it cannot, or null
 * @throws {NodeJS.ErrnoException}
 */
export async function claimUnixPath(path: string): Promise<string | null> {
  const bytes = Buffer.byteLength(path);
  if (bytes > UNIX_PATH_BYTES_MAX) return `its path has ${bytes} bytes, the most is ${UNIX_PATH_BYTES_MAX}`;
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) return 'its folder does not exist';
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return null;
  if (!file.isSocket()) return 'a file that is no socket is there';
  if (await isLive(path)) return 'it is in use';
  rmSync(path, { force: true });
  return null;
}

/** Only a refused connection proves that nobody listens: a busy or a foreign socket fails in other ways. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
}

/**
 * Runs `bind`, which must bind before it returns, so that the socket's file is this user's alone from the first
 * moment: a `chmod` afterwards leaves a gap.
 */
export function bindPrivately(bind: () => void): void {
  const before = process.umask(NOT_FOR_OTHERS);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

/** A file that cannot be removed is not worth failing for: the next start finds it dead. */
export function releaseUnixPath(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
