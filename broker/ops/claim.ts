import { createHash } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { isRunning, thisProcess } from './process-start.js';
import type { ProcessStart } from './process-start.js';

/** What the holder of a claim says of itself. */
const announcement = z.object({
  pid: z.number().int(),
  startedAt: z.string(),
  /** `ws://…` and `unix://…`; empty while it starts. */
  listen: z.array(z.string()),
  /** The file with the token that is asked for there; null where none is. */
  tokenFile: z.string().nullable(),
});
export type Announcement = z.infer<typeof announcement>;

/** The last holder there was. */
interface Last {
  /** Null where the file holds no announcement: nobody's. */
  readonly announced: Announcement | null;
  /** The file that its successor makes: no two holders have the same. */
  readonly next: string;
}

/**
 * A file that belongs to one running process at a time, also when many start at once and any of them is killed.
 *
 * A file system cannot remove a file on the condition that it is still the same one, so nobody ever removes the file
 * of a holder that has ended: another might have taken its place in the meantime. Instead who comes after a holder is
 * decided by making the file named after that holder, which only one can, and which counts as long as that holder is
 * the last one; then it is renamed to be the file. One that is killed in between is the last holder for all others.
 */
export class Claim {
  readonly #file: string;
  readonly #self: ProcessStart;
  readonly #isRunning: (one: ProcessStart) => boolean;

  constructor(file: string, self: ProcessStart = thisProcess(), running = isRunning) {
    this.#file = file;
    this.#self = self;
    this.#isRunning = running;
  }

  /** Who holds it and runs; null when nobody does. @throws {NodeJS.ErrnoException} */
  holder(): Announcement | null {
    return this.#runningOf(toItsEnd(this.#last()));
  }

  /** Takes it. Returns who holds it instead; null when this process does. @throws {NodeJS.ErrnoException} */
  take(): Announcement | null {
    return toItsEnd(this.taking());
  }

  /** `take` in steps: before each, any other process may come. */
  *taking(): Generator<void, Announcement | null> {
    const draft = this.#draft([], null);
    try {
      for (;;) {
        const last = yield* this.#last();
        const running = this.#runningOf(last);
        if (running !== null) return running;
        yield;
        if (!linked(draft, last?.next ?? this.#file)) continue;
        if (last === null) return null;
        if (yield* this.#isLast()) {
          yield;
          renameSync(last.next, this.#file);
          yield* this.#tidy();
          return null;
        }
        // That holder had a successor already, which has gone on since.
        yield;
        rmSync(last.next, { force: true });
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** Tells where the holder, which this process is, listens. @throws {NodeJS.ErrnoException} */
  announce(listen: readonly string[], tokenFile: string | null): void {
    renameSync(this.#draft(listen, tokenFile), this.#file);
  }

  /** Gives it back, where this process holds it. */
  release(): void {
    const announced = parsed(read(this.#file));
    if (announced !== null && this.#isSelf(announced)) rmSync(this.#file, { force: true });
  }

  #runningOf(last: Last | null): Announcement | null {
    const announced = last?.announced ?? null;
    return announced !== null && this.#isRunning(announced) ? announced : null;
  }

  #isSelf({ pid, startedAt }: ProcessStart): boolean {
    return pid === this.#self.pid && startedAt === this.#self.startedAt;
  }

  *#isLast(): Generator<void, boolean> {
    const last = yield* this.#last();
    return last !== null && last.announced !== null && this.#isSelf(last.announced);
  }

  /** Follows the file to the last one who was made a successor. Null when there is no file. */
  *#last(): Generator<void, Last | null> {
    for (;;) {
      yield;
      const first = read(this.#file);
      if (first === null) return null;
      let last = lastOf(this.#file, this.#file, first);
      const seen = new Set<string>();
      for (;;) {
        yield;
        const text = read(last.next);
        if (text === null) break;
        if (seen.has(last.next)) throw new Error(`${this.#file} is no broker's: remove it`);
        seen.add(last.next);
        last = lastOf(this.#file, last.next, text);
      }
      yield;
      // All of that was true at one time only if nobody has become the holder meanwhile.
      if (read(this.#file) === first) return last;
    }
  }

  /** Removes what those have left who were killed as successors, or came too late to be one. */
  *#tidy(): Generator<void> {
    const folder = dirname(this.#file);
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(`${basename(this.#file)}${AFTER}`)) continue;
      yield;
      rmSync(join(folder, name), { force: true });
    }
  }

  /** A whole announcement under a name of this process's own: the real name never holds half of one. */
  #draft(listen: readonly string[], tokenFile: string | null): string {
    const draft = `${this.#file}.${this.#self.pid}`;
    const own: Announcement = { ...this.#self, listen: [...listen], tokenFile };
    // One that is left from a process that had this pid may be the claim itself, by another name.
    rmSync(draft, { force: true });
    try {
      writeFileSync(draft, `${JSON.stringify(own)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    return draft;
  }
}

const AFTER = '.after-';

/** What a file of the claim `claimed` says. */
function lastOf(claimed: string, file: string, text: string): Last {
  const announced = parsed(text);
  const holder = announced === null ? `${basename(file)} ${text}` : `${announced.pid} ${announced.startedAt}`;
  const digest = createHash('sha256').update(holder).digest('hex');
  return { announced, next: `${claimed}${AFTER}${digest.slice(0, DIGEST_CHARS)}` };
}

const DIGEST_CHARS = 32;

function parsed(text: string | null): Announcement | null {
  try {
    return announcement.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

/** Null when there is no such file. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Gives a file a second name. False when the name is taken: of several who try, one is told true. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function toItsEnd<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
