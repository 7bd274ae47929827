/** How long anything that a test waits for may take. Nothing is ever waited for by time alone. */
const WAIT_MS_MAX = 20_000;

/**
 * The event, when it comes in time.
 * @throws {Error} with `what` was waited for, which is asked only then and should tell what was seen instead
 */
export async function inTime<T>(event: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what()}`)), WAIT_MS_MAX);
  });
  try {
    return await Promise.race([event, late]);
  } finally {
    clearTimeout(timer);
  }
}
