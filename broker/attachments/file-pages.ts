import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UnfitFile } from './store-records.js';

/** The layout of a file of lmdb, as far as it is read here: offsets in bytes. Numbers are little-endian. */
const PAGE = { number: 0, transaction: 8, flags: 18, lower: 20, upper: 22, overflowPages: 20, body: 24 };
const META = {
  magic: 24,
  pageBytes: 48,
  freeTree: 48,
  mainTree: 96,
  lastPage: 144,
  transaction: 152,
  end: 168,
};
const TREE = { flags: 4, depth: 6, root: 40 };
const NODE = { low: 0, high: 2, flags: 4, keyBytes: 6, key: 8 };
const OVERFLOW = { page: 0, transaction: 8, pages: 16, end: 24 };

export const MAGIC = { at: META.magic, value: 0xbeefc0de };
const PAGE_BYTES: ReadonlySet<number> = new Set([4_096, 8_192, 16_384, 32_768, 65_536]);
const BRANCH = 1;
const LEAF = 2;
const OVERFLOWN = 4;
const KINDS = 0x6f;
const VALUE_OVERFLOWS = 1;
/** Keys of the list of free pages are numbers. */
const INTEGER_KEYS = 8;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const DEPTH_MAX = 32;
/** The two before are the meta pages. */
const FIRST_PAGE = 2;

/** What is to hold of one of the two trees. */
interface Tree {
  readonly keyBytes: { readonly min: number; readonly max: number };
  readonly compare: (a: Buffer, b: Buffer) => number;
  readonly value: (bytes: () => Buffer) => void;
}

/** The keys of a page: at least the one, below the other. */
interface Bounds {
  readonly from: Buffer | null;
  readonly to: Buffer | null;
}

interface Node {
  readonly key: Buffer;
  /** Its head and all that it has. */
  readonly bytes: Buffer;
}

/**
 * Reads every page that lmdb would read, or take for free, and believes none of them. lmdb believes all: it ends the
 * process, or writes over what is in use.
 * @throws {UnfitFile} lmdb has not left it like that
 */
export function checkPages(path: string): void {
  const file = openSync(path, 'r');
  try {
    new PageCheck(file).run();
  } finally {
    closeSync(file);
  }
}

class PageCheck {
  readonly #file: number;
  readonly #pageBytes: number;
  /** Of the two meta pages the newer one. */
  readonly #meta: Buffer;
  /** The last that the file speaks of; those that are free need not be in it. */
  readonly #lastPage: number;
  /** Of each page in the file, whether something is on it. */
  readonly #used: Uint8Array;

  constructor(file: number) {
    this.#file = file;
    const first = this.#read(0, META.end);
    this.#pageBytes = first.readUInt32LE(META.pageBytes);
    expect(PAGE_BYTES.has(this.#pageBytes), 'the size of pages');
    const second = this.#read(this.#pageBytes, META.end);
    const newer = second.readBigUInt64LE(META.transaction) > first.readBigUInt64LE(META.transaction);
    this.#meta = newer ? second : first;
    expect(this.#meta.readUInt32LE(META.magic) === MAGIC.value, 'the second page');
    expect(this.#meta.readUInt32LE(META.pageBytes) === this.#pageBytes, 'the size of pages');
    this.#lastPage = numberAt(this.#meta, META.lastPage);
    this.#used = new Uint8Array(Math.floor(fstatSync(file).size / this.#pageBytes));
  }

  run(): void {
    this.#tree(META.mainTree, 0, {
      keyBytes: { min: 1, max: this.#pageBytes },
      compare: (a, b) => Buffer.compare(a, b),
      value: () => {},
    });
    const free: Buffer[] = [];
    this.#tree(META.freeTree, INTEGER_KEYS, {
      keyBytes: { min: 8, max: 8 },
      compare: (a, b) => Number(a.readBigUInt64LE() - b.readBigUInt64LE()),
      value: (bytes) => free.push(bytes()),
    });
    for (const list of free) this.#freePages(list);
  }

  #tree(at: number, flags: number, tree: Tree): void {
    // The upper half is about the whole file.
    expect((this.#meta.readUInt16LE(at + TREE.flags) & 0xff) === flags, 'the kind of keys');
    if (this.#meta.readBigUInt64LE(at + TREE.root) === NO_ROOT) return;
    const depth = this.#meta.readUInt16LE(at + TREE.depth);
    expect(depth >= 1 && depth < DEPTH_MAX, 'the depth');
    this.#page(numberAt(this.#meta, at + TREE.root), depth, tree, { from: null, to: null });
  }

  /** A page and all below it. */
  #page(number: number, depth: number, tree: Tree, { from, to }: Bounds): void {
    this.#use(number, 1);
    const page = this.#read(number * this.#pageBytes, this.#pageBytes);
    this.#head(page, number, depth > 1 ? BRANCH : LEAF);
    const nodes = nodesOf(page);
    expect(nodes.length >= (depth > 1 ? 2 : 1), `page ${number}`);
    let last = from;
    for (const [index, node] of nodes.entries()) {
      // The first key of a branch is not looked at: below it is all that is before the second.
      const unbounded = depth > 1 && index === 0;
      if (!unbounded) {
        const { min, max } = tree.keyBytes;
        expect(node.key.length >= min && node.key.length <= max, `a key on page ${number}`);
        const order = last === null ? 1 : tree.compare(node.key, last);
        expect(order > 0 || (order === 0 && index === 0), `the order on page ${number}`);
        expect(to === null || tree.compare(node.key, to) < 0, `the order on page ${number}`);
        last = node.key;
      }
      if (depth === 1) this.#value(node, tree);
      else this.#page(childOf(node), depth - 1, tree, { from: last, to: nodes[index + 1]?.key ?? to });
    }
  }

  #head(page: Buffer, number: number, kind: number): void {
    expect(numberAt(page, PAGE.number) === number, `page ${number}`);
    expect((page.readUInt16LE(PAGE.flags) & KINDS) === kind, `page ${number}`);
    expect(this.#isPast(page.readBigUInt64LE(PAGE.transaction)), `page ${number}`);
  }

  /** A page of a later one counts as being written just now. */
  #isPast(transaction: bigint): boolean {
    return transaction <= this.#meta.readBigUInt64LE(META.transaction);
  }

  /** What a leaf keeps with a key: beside it, or on pages of its own. */
  #value({ bytes, key }: Node, tree: Tree): void {
    const length = bytes.readUInt16LE(NODE.low) + bytes.readUInt16LE(NODE.high) * 0x1_0000;
    const start = NODE.key + key.length;
    if (bytes.readUInt16LE(NODE.flags) === 0) {
      tree.value(() => bytes.subarray(start, start + length));
      return;
    }
    const first = numberAt(bytes, start + OVERFLOW.page);
    const pages = numberAt(bytes, start + OVERFLOW.pages);
    expect(
      pages === Math.ceil((PAGE.body + length) / this.#pageBytes),
      `the size of what begins on page ${first}`,
    );
    this.#use(first, pages);
    const head = this.#read(first * this.#pageBytes, PAGE.body);
    this.#head(head, first, OVERFLOWN);
    expect(this.#isPast(bytes.readBigUInt64LE(start + OVERFLOW.transaction)), `page ${first}`);
    expect(head.readUInt32LE(PAGE.overflowPages) === pages, `page ${first}`);
    tree.value(() => this.#read(first * this.#pageBytes + PAGE.body, length));
  }

  /** A list of numbers, its length first: a page, or less than zero how many there are from the next one on. */
  #freePages(list: Buffer): void {
    expect(list.length >= 8 && list.length % 8 === 0, 'the list of free pages');
    const length = numberAt(list, 0);
    expect(length < list.length / 8, 'the list of free pages');
    for (let index = 1; index <= length; index += 1) {
      const entry = list.readBigInt64LE(index * 8);
      if (entry === 0n) continue;
      if (entry < 0n) index += 1;
      expect(index <= length, 'the list of free pages');
      const first = numberAt(list, index * 8);
      const count = entry < 0n ? Number(-entry) : 1;
      expect(first >= FIRST_PAGE && first + count - 1 <= this.#lastPage, 'the list of free pages');
      const used = this.#used.subarray(first, first + count).includes(1);
      expect(!used, 'the list of free pages');
    }
  }

  #use(first: number, pages: number): void {
    const end = first + pages;
    expect(first >= FIRST_PAGE && end <= this.#used.length && end - 1 <= this.#lastPage, `page ${first}`);
    expect(!this.#used.subarray(first, end).includes(1), `page ${first}`);
    this.#used.fill(1, first, end);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    expect(readSync(this.#file, bytes, 0, length, at) === length, 'its length');
    return bytes;
  }
}

/** They fill a page from its end on, without a gap; where each begins stands at the front. */
function nodesOf(page: Buffer): Node[] {
  const lower = page.readUInt16LE(PAGE.lower);
  const upper = page.readUInt16LE(PAGE.upper);
  const room = page.length - PAGE.body;
  expect(lower % 2 === 0 && lower <= upper && upper <= room, 'the size of a page');
  const isLeaf = (page.readUInt16LE(PAGE.flags) & LEAF) !== 0;
  let filled = 0;
  const nodes = Array.from({ length: lower / 2 }, (_, index) => {
    const start = page.readUInt16LE(PAGE.body + index * 2);
    expect(start >= upper && start + NODE.key <= room, 'the place of a record');
    const bytes = page.subarray(PAGE.body + start);
    const keyBytes = bytes.readUInt16LE(NODE.keyBytes);
    const length = NODE.key + keyBytes + (isLeaf ? valueBytes(bytes) : 0);
    expect(length <= bytes.length, 'the size of a record');
    filled += length + (length % 2);
    return { key: bytes.subarray(NODE.key, NODE.key + keyBytes), bytes: bytes.subarray(0, length) };
  });
  expect(filled === room - upper, 'the size of records');
  return nodes;
}

/** How much of a leaf's page a value takes. */
function valueBytes(node: Buffer): number {
  const flags = node.readUInt16LE(NODE.flags);
  expect(flags === 0 || flags === VALUE_OVERFLOWS, 'the kind of a record');
  if (flags === VALUE_OVERFLOWS) return OVERFLOW.end;
  return node.readUInt16LE(NODE.low) + node.readUInt16LE(NODE.high) * 0x1_0000;
}

function childOf({ bytes }: Node): number {
  const [low, high, top] = [NODE.low, NODE.high, NODE.flags].map((at) => bytes.readUInt16LE(at));
  expect(top === 0, 'the number of a page');
  return (low ?? 0) + (high ?? 0) * 0x1_0000;
}

/** @throws {UnfitFile} it is beyond any file */
function numberAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  expect(value <= 0xffff_ffffn, 'the number of a page');
  return Number(value);
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new UnfitFile(`it is damaged: ${what} is wrong`);
}
