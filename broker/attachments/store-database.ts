import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { inWords, tryOpening } from './store-file.js';
import type { Records, Write } from './store-records.js';
import { StoreError } from './store.js';

/** The file of a store, open: one transaction at a time. */
export class StoreDatabase {
  readonly #path: string;
  #database: RootDatabase<string> | null;
  #state: 'open' | 'closing' | 'closed' = 'open';

  /** @throws {Error} what lmdb says of the file */
  constructor(path: string) {
    this.#path = path;
    this.#database = openFile(path);
  }

  /** What is being written is not seen. @throws {StoreError} it cannot be read, or is damaged */
  read<T>(read: (records: Records) => T): T {
    try {
      return read(this.#opened());
    } catch (error) {
      throw inWords(this.#path, error);
    }
  }

  /**
   * All or nothing, in one transaction. Resolves when it is on disk; the disk is waited for in another thread.
   * @throws {StoreError} nothing has changed
   */
  async write(writes: readonly Write[]): Promise<void> {
    await this.#attempt(async (database) => {
      await database.batch(() => {
        for (const { key, text } of writes)
          void (text === null ? database.remove(key) : database.put(key, text));
      });
    });
  }

  /** Like `write`, with what `change` writes. */
  async change(change: (records: Records) => void): Promise<void> {
    await this.#attempt(async (database) => {
      await database.childTransaction(() => change(database));
    });
  }

  async close(): Promise<void> {
    this.#state = 'closing';
    await this.#database?.close();
    this.#database = null;
    this.#state = 'closed';
  }

  /** After a failure lmdb may refuse, or never answer, what comes next: it gets the file anew. */
  async #attempt(act: (database: RootDatabase<string>) => Promise<void>): Promise<void> {
    try {
      await act(this.#opened());
    } catch (error) {
      const cause = await causeOf(error);
      await this.close();
      this.#state = 'open';
      throw inWords(this.#path, cause);
    }
  }

  #opened(): RootDatabase<string> {
    if (this.#state !== 'open') throw new StoreError(`${this.#path} is ${this.#state}`);
    if (this.#database === null) {
      this.#database = openFile(this.#path);
    }
    return this.#database;
  }
}

/**
 * Without overlapping syncs a transaction has ended when it is on disk, and not before; they would save nothing where
 * each is waited for.
 */
function openFile(path: string): RootDatabase<string> {
  tryOpening(path);
  return open<string>(path, { noSubdir: true, encoding: 'string', overlappingSync: false });
}

/** What lmdb says of a failed transaction stands in a promise of its own. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    return await error.commitError;
  } catch (cause) {
    return cause;
  }
}
