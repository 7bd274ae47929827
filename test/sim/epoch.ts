/** One epoch of a log: which entry has the number 1. Learned from whoever knows first; all others must agree. */
export class Epoch {
  readonly log: string;
  readonly name: string;
  base: number | null = null;
  /** The runtime that says what is in it. */
  life: number | null = null;
  #waiting: ((base: number) => void)[] = [];

  constructor(log: string, name: string) {
    this.log = log;
    this.name = name;
  }

  /** Whether the numbering agrees with what is known of it. */
  agrees(base: number): boolean {
    if (this.base !== null) return this.base === base;
    this.base = base;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run(base);
    return true;
  }

  /** Runs a check once it is known which entry has which number. */
  whenKnown(run: (base: number) => void): void {
    if (this.base === null) this.#waiting.push(run);
    else run(this.base);
  }
}
