/** For people, on stderr: stdout is what a command is asked for, and carries protocol under `--stdio`. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What the command was asked for, on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resolves when the reader has what was printed, or is gone: a command that exits takes along what it has not. */
export function printed(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once('error', () => resolve());
    process.stdout.write('', () => resolve());
  });
}

/** Rows under headings, as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
