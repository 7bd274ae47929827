/** The exit codes of every command. */
export const exitCodes = {
  ok: 0,
  /** The work could not be done. */
  failure: 1,
  /** The command line, or what it names, is wrong. */
  usage: 2,
  /** A broker already runs on this state dir. */
  alreadyRunning: 3,
} as const;

/** Ends the command with a message that a person can act on, and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
