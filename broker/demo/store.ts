import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Log, reason } from './errors.js';
import { THREADS_MAX } from './limits.js';

const META = '.json';
const HISTORY = '.jsonl';
const ARCHIVE = 'archived_sessions';

/**
 * The state folder: for each thread `ID.json` (what is known about it, replaced as a whole) and `ID.jsonl`
 * (its history, appended to), which is in a folder of its own while the thread is archived. A file is replaced by renaming a finished one over it, so that no end of the
 * process leaves half a file; a torn last line of a history is skipped when it is read.
 */
export class Store {
  readonly #threadsDir: string;
  readonly #livesPath: string;
  /** How often this folder was opened before. */
  readonly life: number;

  /** @throws when the folder cannot be made or written. */
  constructor(
    readonly dir: string,
    readonly log: Log,
  ) {
    this.#threadsDir = join(dir, 'threads');
    this.#livesPath = join(dir, 'lives.json');
    mkdirSync(join(this.#threadsDir, ARCHIVE), { recursive: true, mode: 0o700 });
    this.life = this.#readLives();
    replace(this.#livesPath, JSON.stringify(this.life + 1));
  }

  /** Everything known about the stored threads; what cannot be read is skipped and logged. */
  metas(): unknown[] {
    const names = readdirSync(this.#threadsDir).filter((name) => name.endsWith(META));
    return names.slice(0, THREADS_MAX).flatMap((name) => this.#readMeta(name));
  }

  saveMeta(id: string, meta: { readonly archived: boolean }): void {
    this.#attempt(() => replace(this.#path(id, META), JSON.stringify(meta)));
    const shelved = archivedPath(this.historyPath(id));
    const [from, to] = meta.archived ? [this.historyPath(id), shelved] : [shelved, this.historyPath(id)];
    this.#attempt(() => void (existsSync(from) && renameSync(from, to)));
  }

  /** The history as it stands on disk; empty when there is none. */
  readHistory(id: string): string {
    const path = this.historyPath(id);
    // A process that ended in between has left it on the other side.
    return read(path) ?? read(archivedPath(path)) ?? '';
  }

  appendHistory(id: string, line: string): void {
    this.#attempt(() => appendFileSync(this.historyPath(id), `${line}\n`, { mode: 0o600 }));
  }

  replaceHistory(id: string, lines: readonly string[]): void {
    this.#attempt(() => replace(this.historyPath(id), lines.map((line) => `${line}\n`).join('')));
  }

  delete(id: string): void {
    const history = this.historyPath(id);
    for (const path of [this.#path(id, META), history, archivedPath(history)])
      this.#attempt(() => rmSync(path, { force: true }));
  }

  /** Of a thread that is not archived. */
  historyPath(id: string): string {
    return this.#path(id, HISTORY);
  }

  #path(id: string, kind: string): string {
    return join(this.#threadsDir, `${id}${kind}`);
  }

  /** A full or read-only disk costs the record of what was said, not the conversation. */
  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.log(`could not save: ${reason(error)}`);
    }
  }

  #readLives(): number {
    try {
      const lives: unknown = JSON.parse(readFileSync(this.#livesPath, 'utf8'));
      return Number.isSafeInteger(lives) ? Number(lives) : 0;
    } catch {
      return 0;
    }
  }

  #readMeta(name: string): unknown[] {
    try {
      return [JSON.parse(readFileSync(join(this.#threadsDir, name), 'utf8'))];
    } catch (error) {
      this.log(`skipped ${name}: ${reason(error)}`);
      return [];
    }
  }
}

/** Where the history of a thread is while that is archived, for where it is else. */
export function archivedPath(historyPath: string): string {
  return join(dirname(historyPath), ARCHIVE, basename(historyPath));
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function replace(path: string, text: string): void {
  const unfinished = `${path}.new`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, path);
}
