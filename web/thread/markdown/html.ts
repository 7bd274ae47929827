/** One block of markdown as HTML, not yet safe: see sanitize.ts. Pure. */
import { Lexer, Parser, Renderer } from 'marked';
import type { Tokens } from 'marked';
import type { Block } from './blocks.js';

/** Comments; tags that say something about text, bare; entities; and what would be read as markup. */
const MARKUP =
  /<!--[\s\S]*?-->|<\/?(?:b|br|code|details|em|i|kbd|mark|p|s|strong|sub|summary|sup|u)\s*\/?>|&#?\w{1,32};|[<>&"']/gi;
const ESCAPED: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * HTML that an agent writes is mostly what it writes about, like `Map<string>`: it is shown as it was written. So is all
 * that has attributes, and the policy of the page has nothing to complain of.
 */
class PlainRenderer extends Renderer {
  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return text.replaceAll(MARKUP, (mark) => (mark.startsWith('<!--') ? '' : (ESCAPED[mark] ?? mark)));
  }
}

const renderer = new PlainRenderer();

/** Null where it cannot be read: it is shown as it was written. */
export function htmlOf(block: Block): string | null {
  const lexer = new Lexer();
  Object.assign(lexer.tokens.links, block.links);
  try {
    return Parser.parse(lexer.lex(block.text), { renderer });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
