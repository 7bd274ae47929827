/** Cuts markdown into blocks as it grows, so that only the last ones are read again. Pure. */
import { Lexer } from 'marked';
import type { Token, TokensList } from 'marked';
import { BLOCK_CHARS_MAX, NESTING_MAX } from '../../limits.js';

type Links = TokensList['links'];

/** One block of a message. As long as it says the same it is the same object. */
export interface Block {
  readonly kind: 'code' | 'markdown' | 'plain';
  /** Its source; of `code` what stands between the fences. */
  readonly text: string;
  /** Of `code`: the language as it was written. */
  readonly language: string;
  /** The link definitions of the whole message, where it may have such links. */
  readonly links: Links;
}

/** A message cut into blocks. */
export interface Blocks {
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Up to here nothing that may still come changes how it is cut, and the number of blocks up to here. */
  readonly settled: number;
  readonly settledBlocks: number;
  readonly links: Links;
}

const NONE: Blocks = { text: '', blocks: [], settled: 0, settledBlocks: 0, links: {} };

/** Marks of quotes and lists one after the other at the beginning of a line. */
const TOO_DEEP = new RegExp(
  `^[ \\t]*(?:(?:>|[-+*](?=[ \\t])|\\d{1,9}[.)](?=[ \\t]))[ \\t]*){${NESTING_MAX + 1}}`,
  'm',
);

/** The blocks of `source`; `before` is what came of an earlier state of it, and what still holds of that is kept. */
export function blocksOf(source: string, before: Blocks | null = null): Blocks {
  const text = source.replaceAll(/\r\n?/g, '\n');
  if (before !== null && before.text === text) return before;
  const base = before !== null && text.startsWith(before.text) ? before : NONE;
  const tokens = tokensOf(text.slice(base.settled));
  if (tokens === null) return whole(text, before);
  const links = sameLinks(tokens.links, before?.links) ?? tokens.links;
  const blocks = base.blocks.slice(0, base.settledBlocks).map((block) => linked(block, links));
  // What defines a link is read again each time, with all that comes after it: it may not be over.
  const settling = Object.keys(tokens.links).length > 0 ? 0 : lastSettled(tokens);
  let { settled, settledBlocks } = base;
  let end = settled;
  for (const [index, token] of tokens.entries()) {
    if (index === settling) {
      settled = end;
      settledBlocks = blocks.length;
    }
    end += token.raw.length;
    if (token.type === 'space' || token.type === 'def') continue;
    blocks.push(kept(linked(blockOf(token), links), before?.blocks[blocks.length]));
  }
  return { text, blocks, settled, settledBlocks, links };
}

function tokensOf(text: string): TokensList | null {
  if (TOO_DEEP.test(text)) return null;
  const lexer = new Lexer();
  try {
    // What is inside the blocks is read when they are drawn.
    lexer.blockTokens(text, lexer.tokens);
    return lexer.tokens;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** `before`, if it says the same. */
function sameLinks(links: Links, before: Links = NONE.links): Links | null {
  const names = Object.keys(links);
  const isSame =
    names.length === Object.keys(before).length &&
    names.every(
      (name) => links[name]?.href === before[name]?.href && links[name]?.title === before[name]?.title,
    );
  return isSame ? before : null;
}

/** With the links that are defined, where it may have such links. */
function linked(block: Block, links: Links): Block {
  const isLinked = block.kind === 'markdown' && block.text.includes('[');
  return isLinked && block.links !== links ? { ...block, links } : block;
}

/**
 * The last token that nothing that is appended can join with the one before it, or change: there is an empty line
 * between them, and the token itself is over, for another one comes after an empty line. 0 where there is none.
 */
function lastSettled(tokens: readonly Token[]): number {
  let isFollowed = false;
  for (let index = tokens.length - 1; index > 0; index -= 1) {
    if (tokens[index]?.type === 'space' || !endsEmpty(tokens, index - 1)) continue;
    if (isFollowed) return index;
    isFollowed = true;
  }
  return 0;
}

function endsEmpty(tokens: readonly Token[], index: number): boolean {
  return /\n[ \t]*\n[ \t]*$/.test(`${tokens[index - 1]?.raw.slice(-1) ?? ''}${tokens[index]?.raw ?? ''}`);
}

function blockOf(token: Token): Block {
  if (token.type === 'code') {
    const language = typeof token['lang'] === 'string' ? token['lang'] : '';
    return { kind: 'code', text: String(token['text']), language, links: NONE.links };
  }
  const kind = token.raw.length > BLOCK_CHARS_MAX ? 'plain' : 'markdown';
  return { kind, text: token.raw, language: '', links: NONE.links };
}

function kept(block: Block, before: Block | undefined): Block {
  const isSame =
    before?.text === block.text &&
    before.kind === block.kind &&
    before.language === block.language &&
    before.links === block.links;
  return isSame ? before : block;
}

/** What cannot be read is one block of plain text. */
function whole(text: string, before: Blocks | null): Blocks {
  const block = kept({ kind: 'plain', text, language: '', links: NONE.links }, before?.blocks[0]);
  return { ...NONE, text, blocks: [block] };
}
