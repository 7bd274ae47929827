import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exposure } from '../access/privacy.js';
import { Claim } from './claim.js';
import type { Announcement } from './claim.js';

/** Another broker runs on this state dir. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly broker: Announcement;

  constructor(stateDir: string, broker: Announcement) {
    const where = broker.listen.length > 0 ? ` on ${broker.listen.join(' and ')}` : '';
    super(`a broker already runs on ${stateDir} (pid ${broker.pid})${where}`);
    this.broker = broker;
  }
}

/** The state dir cannot be written. The message is for people. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError';
}

/** The folder that belongs to one broker at a time: its socket, its announcement, what it keeps. */
export class StateDir {
  readonly path: string;
  readonly #claim: Claim;

  /**
   * Makes the folder, this user's alone, where it is missing.
   * @throws {StateDirError} there is no room for it
   * @throws {Error} it cannot be one: no folder, or not this user's alone
   */
  constructor(path: string) {
    this.path = path;
    this.#claim = new Claim(join(path, 'broker.json'));
    this.#write(() => mkdirSync(path, { recursive: true, mode: 0o700 }));
    const open = exposure(path, statSync(path));
    if (open !== null) throw new Error(open);
  }

  /** The unix socket that is listened on by default. */
  get socketPath(): string {
    return join(this.path, 'threadcast.sock');
  }

  /** What is kept over a broker's life. */
  get storePath(): string {
    return join(this.path, 'store.lmdb');
  }

  /** The owner's token, where no other file is given. */
  get tokenPath(): string {
    return join(this.path, 'token');
  }

  /** What leads the browser to the page, for as long as it takes. */
  get redirectPath(): string {
    return join(this.path, 'open.html');
  }

  /** The broker that runs here; null when there is none. */
  running(): Announcement | null {
    return this.#claim.holder();
  }

  /**
   * Makes this process the broker of the folder, in place of one that ended without `release`.
   * @throws {AlreadyRunning}
   * @throws {StateDirError}
   */
  claim(): void {
    const running = this.#write(() => this.#claim.take());
    if (running !== null) throw new AlreadyRunning(this.path, running);
  }

  /** Tells where this broker listens, and which file has the token that is asked for there. @throws {StateDirError} */
  announce(listen: readonly string[], tokenFile: string | null): void {
    this.#write(() => this.#claim.announce(listen, tokenFile));
  }

  release(): void {
    this.#claim.release();
  }

  #write<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? UNWRITABLE.get(error.code) : undefined;
      if (why === undefined) throw error;
      throw new StateDirError(`the state dir ${this.path} cannot be written: ${why}`, { cause: error });
    }
  }
}

const UNWRITABLE: ReadonlyMap<unknown, string> = new Map([
  ['ENOSPC', 'its disk is full'],
  ['EDQUOT', 'the quota of its disk is used up'],
  ['EROFS', 'its disk is read-only'],
]);
