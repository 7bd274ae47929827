/** What Codex says with each call of the thread in whose turn it is made. It is the runtime's word, not the model's. */
const THREAD_ID = 'threadId';

/**
 * The thread that a call acts for: the one that the server was started for, or the one that the runtime names.
 * @param own of the command line
 * @param meta `_meta` of the call
 * @throws {Error} neither is there, or they differ
 */
export function actingThread(
  own: string | undefined,
  meta: Readonly<Record<string, unknown>> | undefined,
): string {
  const named = meta?.[THREAD_ID];
  if (typeof named !== 'string' || named === '') {
    if (own !== undefined) return own;
    throw new Error(
      'It is not known which thread this is: the client does not say. Start the server with: threadcast mcp --thread ID',
    );
  }
  if (own !== undefined && own !== named)
    throw new Error(
      `This server acts for thread ${own} alone, and the call comes from thread ${named}. ` +
        'Start it without --thread, or each thread with its own',
    );
  return named;
}
