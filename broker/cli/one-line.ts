/** What stands in a cell of a table at most, in characters. */
const CELL_CHARS_MAX = 60;

/** Moves the cursor, changes colours, turns the direction of the text around, or is half of a character. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu;
const SPACES = /\s+/gu;
/** What shows nothing, but the end of a line and a tab. */
const UNPRINTABLE_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu;

/** A text of anybody's as one line that a terminal shows as it is, and nothing but shows. */
export function oneLine(text: string): string {
  return text.replaceAll(SPACES, ' ').replaceAll(UNPRINTABLE, '\uFFFD').trim();
}

const graphemes = new Intl.Segmenter();

/** The same in at most so many characters, as for a cell of a table. */
export function cell(text: string, charsMax: number = CELL_CHARS_MAX): string {
  // What is far too long is cut first: a cell may be made of a megabyte.
  const looked = text.slice(0, 4 * charsMax);
  const line = oneLine(looked);
  if (line.length <= charsMax && looked.length === text.length) return line;
  // Not in the middle of what shows as one character.
  const end = graphemes.segment(line).containing(charsMax - 1)?.index ?? line.length;
  return `${line.slice(0, end)}…`;
}

/** A text of anybody's for a terminal, its lines kept. */
export function plainText(text: string): string {
  return text.replaceAll(UNPRINTABLE_IN_LINES, '\uFFFD');
}
