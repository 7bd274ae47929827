/** Keeps the first thing that went wrong: what follows from it is of no interest. */
export class Verdict {
  failure: Error | null = null;

  fail(what: string): void {
    this.failure ??= new Error(what);
  }

  /** Something threw where nobody was there to catch it. */
  threw(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /** `what` is put together only where it is needed. */
  check(holds: boolean, what: () => string): void {
    if (!holds) this.fail(what());
  }

  /** Ends the story here if something went wrong. */
  throwIfFailed(): void {
    if (this.failure !== null) throw this.failure;
  }
}
