/**
 * One hunk of a unified diff, with the header that its lines add up to.
 * @param firstLine Where it begins in the old file; nothing before it has changed.
 */
export function hunk(firstLine: number, body: string): string {
  const signs = body
    .split('\n')
    .slice(0, -1)
    .map((line) => line.charAt(0));
  const [oldLines, newLines] = ['+', '-'].map((left) => signs.filter((sign) => sign !== left).length);
  return `@@ -${firstLine},${oldLines} +${firstLine},${newLines} @@\n${body}`;
}
