/** Does something for each, for as many at the same time as `atOnce`. Rejects when one does. */
export async function severalAtOnce<T>(
  atOnce: number,
  all: Iterable<T>,
  act: (one: T) => Promise<void>,
): Promise<void> {
  const left = all[Symbol.iterator]();
  const next = async (): Promise<void> => {
    for (let one = left.next(); one.done !== true; one = left.next()) await act(one.value);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}
