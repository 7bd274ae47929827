import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a running broker says of itself in its state dir. */
const announcement = z.object({
  pid: z.number().int(),
  /** When the process began, as the kernel counts it: a pid alone may have been given to another since. */
  startedAt: z.string(),
  /** `ws://…` and `unix://…`; empty while it starts. */
  listen: z.array(z.string()),
});
export type Announcement = z.infer<typeof announcement>;

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

/** The folder that belongs to one broker at a time: its socket, its announcement, what it keeps. */
export class StateDir {
  readonly path: string;
  readonly #file: string;

  /** Makes the folder, this user's alone, where it is missing. */
  constructor(path: string) {
    this.path = path;
    this.#file = join(path, 'broker.json');
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** The unix socket that is listened on by default. */
  get socketPath(): string {
    return join(this.path, 'threadcast.sock');
  }

  /** What is kept over a broker's life. */
  get storePath(): string {
    return join(this.path, 'attachments.lmdb');
  }

  /** The broker that runs here; null when there is none. */
  running(): Announcement | null {
    const announced = this.#read(this.#file);
    return announced !== null && startOf(announced.pid) === announced.startedAt ? announced : null;
  }

  /**
   * Makes this process the broker of the folder, in place of one that ended without `release`.
   * @throws {AlreadyRunning}
   */
  claim(): void {
    const draft = this.#draft([]);
    try {
      while (!linked(draft, this.#file)) {
        const running = this.running();
        if (running !== null) throw new AlreadyRunning(this.path, running);
        this.#removeStale();
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** Tells where this broker listens. */
  announce(listen: readonly string[]): void {
    renameSync(this.#draft(listen), this.#file);
  }

  release(): void {
    if (this.#read(this.#file)?.pid === process.pid) rmSync(this.#file, { force: true });
  }

  /** Takes a stale file away; puts back one that another process has made its own in the meantime. */
  #removeStale(): void {
    const aside = `${this.#file}.stale.${process.pid}`;
    try {
      renameSync(this.#file, aside);
      const taken = this.#read(aside);
      if (taken !== null && startOf(taken.pid) === taken.startedAt) linked(aside, this.#file);
    } catch {
      // Another process was faster; the next look tells who it is.
    }
    rmSync(aside, { force: true });
  }

  /** A whole announcement under a name of this process's own: the real name never holds half of one. */
  #draft(listen: readonly string[]): string {
    const own: Announcement = {
      pid: process.pid,
      startedAt: startOf(process.pid) ?? '',
      listen: [...listen],
    };
    const draft = `${this.#file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(own)}\n`, { mode: 0o600 });
    return draft;
  }

  #read(file: string): Announcement | null {
    try {
      return announcement.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return null;
    }
  }
}

/** Gives a file a second name. False when the name is taken; the two cannot both be told true. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The third field there. */
const ZOMBIE = 'Z';

/** When a process began; null when there is none. Where the kernel does not tell, being there must do. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return null;
  }
  try {
    // Field 22 of proc(5)'s stat; the second, the name in brackets, may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended and was not waited for (in a container without an init) runs no more.
    return state === ZOMBIE ? null : (fields[18] ?? '');
  } catch {
    return '';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
