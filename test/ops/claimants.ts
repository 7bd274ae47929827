import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Claim } from '../../broker/ops/claim.js';
import type { Announcement } from '../../broker/ops/claim.js';

/** A process that would have the claim. It does one step of it at a time. */
export class Claimant {
  readonly pid: number;
  state: 'trying' | 'holder' | 'refused' | 'killed' | 'ended' = 'trying';
  /** Who it was told holds it instead. */
  instead: Announcement | null = null;
  readonly #claim: Claim;
  readonly #steps: Generator<void, Announcement | null>;

  constructor(world: Claimants, pid: number) {
    this.pid = pid;
    this.#claim = new Claim(world.file, { pid, startedAt: 'then' }, (one) => world.isRunning(one.pid));
    this.#steps = this.#claim.taking();
  }

  /** Whether there is a further step. */
  step(): boolean {
    if (this.state !== 'trying') return false;
    const { done, value } = this.#steps.next();
    if (done !== true) return true;
    this.instead = value ?? null;
    this.state = value === null ? 'holder' : 'refused';
    return false;
  }

  toItsEnd(): this {
    while (this.step());
    return this;
  }

  /** It does nothing more, not even what it does at its end. */
  kill(): void {
    this.state = 'killed';
  }

  release(): void {
    this.#claim.release();
    this.state = 'ended';
  }
}

/** Processes that would have the same claim, each a step after the other in any order. */
export class Claimants {
  readonly file: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'threadcast-claim-'));
  readonly #all = new Map<number, Claimant>();

  constructor() {
    this.file = join(this.#folder, 'broker.json');
  }

  /** What a process has left that is no more, or something else. */
  leave(text = JSON.stringify({ pid: 1, startedAt: 'then', listen: [], tokenFile: null })): void {
    writeFileSync(this.file, text);
  }

  start(): Claimant {
    const claimant = new Claimant(this, this.#all.size + 2);
    this.#all.set(claimant.pid, claimant);
    return claimant;
  }

  isRunning(pid: number): boolean {
    const { state } = this.#all.get(pid) ?? { state: 'ended' };
    return state === 'trying' || state === 'holder';
  }

  get holders(): readonly Claimant[] {
    return [...this.#all.values()].filter(({ state }) => state === 'holder');
  }

  /** Those who were refused for the sake of one that was refused as well. */
  get refusedInVain(): readonly Claimant[] {
    return [...this.#all.values()].filter(
      ({ instead }) => instead !== null && this.#all.get(instead.pid)?.state === 'refused',
    );
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
