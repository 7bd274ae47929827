import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STORE_CHECK_MS_MAX } from '../../protocol/limits.js';
import { MAGIC } from './file-pages.js';
import { UnfitFile } from './store-records.js';
import { StoreError } from './store.js';

/** What the check may say. */
const CHECK_BYTES_MAX = 64 * 1024;
/** What lmdb needs for its lock file, with the readers that it has room for by default. */
const LOCK_FILE_BYTES = 16 * 1024;
/** More than a file has when its header is written. */
const NEW_FILE_BYTES = 64 * 1024;
/** With less, a failed write has failed for that. */
const ROOM_BYTES_MIN = 1024 * 1024;
const USER_ONLY = 0o600;
/** How a process ends that reads a damaged file. */
const CRASHES: ReadonlySet<unknown> = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGFPE', 'SIGILL']);

/**
 * Makes a file and its lock file safe to be opened in this process, this user's alone. lmdb ends the process when a
 * file is damaged in certain ways, or when there is no room for the lock file; here neither happens.
 * @param schema the newest that is known
 * @throws {StoreError} what is there is not what was written, or something else; it is left as it is
 */
export async function prepareFile(path: string, schema: number): Promise<{ isNew: boolean }> {
  const lockFile = `${path}-lock`;
  const isNew = attempt(path, () => sizeOf(path) === 0);
  if (!isNew) attempt(path, () => checkMagic(path));
  const hadLockFile = attempt(path, () => sizeOf(lockFile) > 0);
  try {
    attempt(path, () => fillLockFile(lockFile));
    if (isNew) attempt(path, () => beginFile(path));
    else await checkRecords(path, schema);
    attempt(path, () => chmodSync(path, USER_ONLY));
    return { isNew };
  } catch (error) {
    if (isNew) rmSync(path, { force: true });
    if (!hadLockFile) rmSync(lockFile, { force: true });
    throw error;
  }
}

/** One that was new, and could not be begun. */
export function removeFile(path: string): void {
  for (const each of [path, `${path}-lock`]) rmSync(each, { force: true });
}

/**
 * lmdb ends the process when it cannot open a file: what can keep it from that is met here.
 * @throws {Error} of the system's
 */
export function tryOpening(path: string): void {
  for (const each of [path, `${path}-lock`]) closeSync(openSync(each, 'r+'));
}

/** Whatever went wrong, in words for the person whose file and disk it is. */
export function inWords(path: string, error: unknown): StoreError {
  if (error instanceof UnfitFile) return refused(path, error.message, error);
  return error instanceof StoreError ? error : failed(path, error);
}

function refused(path: string, reason: string, cause?: unknown): StoreError {
  const remedy = 'It was left as it is; move it away to begin without attachments.';
  return new StoreError(`${path} cannot be used: ${reason}. ${remedy}`, { cause });
}

/** An error of the system's or of lmdb's. */
function failed(path: string, cause: unknown): StoreError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const is = (...names: readonly (keyof typeof constants.errno)[]): boolean =>
    names.some((name) => code === name || code === constants.errno[name]);
  const said = cause instanceof Error ? cause.message : String(cause);
  // Of a write that had room for its first part only, lmdb says EIO.
  if (is('ENOSPC', 'EDQUOT', 'EFBIG') || (is('EIO') && bytesFree(path) < ROOM_BYTES_MIN))
    return new StoreError(`${path} cannot be written, its disk is full: make room and try again`, { cause });
  if (is('EROFS', 'EACCES', 'EPERM'))
    return new StoreError(`${path} cannot be written (${said}): it needs to be writable`, { cause });
  return new StoreError(`${path} cannot be read or written (${said}): look after its disk`, { cause });
}

function bytesFree(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw inWords(path, error);
  }
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === false) throw refused(path, 'it is not a file');
  return stats?.size ?? 0;
}

function checkMagic(path: string): void {
  const head = Buffer.alloc(MAGIC.at + 4);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (head.readUInt32LE(MAGIC.at) !== MAGIC.value)
    throw refused(path, 'it is damaged, or no database at all');
}

/** lmdb writes to it through memory, where a full disk ends the process: so the room is taken first. */
function fillLockFile(path: string): void {
  const missing = LOCK_FILE_BYTES - sizeOf(path);
  appendFileSync(path, Buffer.alloc(Math.max(missing, 0)), { mode: USER_ONLY });
  chmodSync(path, USER_ONLY);
}

/** An empty file, where there is room for its first pages: lmdb ends the process when it cannot write them. */
function beginFile(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(NEW_FILE_BYTES), { mode: USER_ONLY });
  } finally {
    truncateSync(path);
  }
  // What is in it is flushed by lmdb; that it is there, here.
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Lets another process read it first, which a damaged file may end. */
async function checkRecords(path: string, schema: number): Promise<void> {
  const args = [...process.execArgv, checkMain(), path, String(schema)];
  const options = { timeout: STORE_CHECK_MS_MAX, killSignal: 'SIGKILL', maxBuffer: CHECK_BYTES_MAX } as const;
  const refusal = await new Promise<StoreError | null>((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(null);
      else if (error.killed === true) resolve(refused(path, 'reading it takes too long'));
      else if (CRASHES.has(error.signal)) resolve(refused(path, `it is damaged (${error.signal})`, error));
      else if (stdout !== '') resolve(refused(path, stdout, error));
      else
        resolve(new StoreError(`${path} could not be checked: ${stderr || error.message}`, { cause: error }));
    });
  });
  if (refusal !== null) throw refusal;
}

/** Beside this file, with the same ending: compiled it is JavaScript, in tests TypeScript. */
function checkMain(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(here.endsWith('.ts') ? 'check-store.ts' : 'check-store.js', import.meta.url));
}
