import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';

/** Why there can be no such disk here; false when there can. */
export function noSmallDisk(): string | false {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadcast-disk-'));
  try {
    mount(folder);
    execFileSync('umount', [folder]);
    return false;
  } catch (error) {
    return `needs to mount a tmpfs: ${String(error)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A file system of one megabyte, which goes with its test. */
export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  constructor(t: Test) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'threadcast-disk-'));
    mkdirSync(this.folder, { recursive: true });
    mount(this.folder);
    t.teardown(() => {
      // What a failed test has left open goes with the process.
      execFileSync('umount', ['--lazy', this.folder]);
      rmSync(this.folder, { recursive: true });
    });
    this.#ballast = path.join(this.folder, 'ballast');
  }

  /** Takes room, or all there is. */
  take(bytes: number): void {
    writeFileSync(this.#ballast, Buffer.alloc(bytes));
  }

  takeAll(): void {
    try {
      for (let index = 0; ; index += 1) writeFileSync(`${this.#ballast}.${index}`, Buffer.alloc(4_096));
    } catch {
      // Now it is full.
    }
  }

  /** Gives back what was taken with `take`. */
  free(): void {
    rmSync(this.#ballast);
  }

  setReadOnly(isReadOnly: boolean): void {
    execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.folder]);
  }
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
}
