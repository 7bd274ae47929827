/** An error answer with the code and text that app-server gives. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    message: string,
    readonly code = -32600,
  ) {
    super(message);
  }
}

export const threadNotLoaded = (id: string): RequestError => new RequestError(`thread not loaded: ${id}`);
export const threadNotFound = (id: string): RequestError => new RequestError(`thread not found: ${id}`);
export const noRollout = (id: string): RequestError =>
  new RequestError(`no rollout found for thread id ${id}`);

/** Takes one line for a person. */
export type Log = (line: string) => void;

/** What went wrong, in a few words. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
