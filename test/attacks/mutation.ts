import type { Chance } from './chance.js';

/** What makes readers stumble, or two of them read differently. */
const MEMBERS = [
  '"__proto__":{"role":"owner"},',
  '"constructor":{"prototype":{}},',
  '"id":1,',
  '"i\\u0064":2,',
  '"method":"fs/readFile",',
  '"m\\u0065thod":"turn/start",',
  '"params":["t0"],',
  '"threadId":"T0",',
  '"result":{},',
  '"error":null,',
].map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]];
const NASTY = [
  '__proto__',
  '1e999',
  '-0',
  '0.1',
  '9007199254740993',
  '123456789012345678901234567890',
  '"\\ud800"',
  '\\u0000',
  '\u2028',
  'null',
  'true',
  '[]',
  '{}',
  ',',
  '"',
  '\\',
  '[['.repeat(70),
  '{"a":'.repeat(130),
  ' '.repeat(1_000),
  'x'.repeat(5_000),
].map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]];
const CHANGES_MAX = 4;

/** The bytes with some changes; in about one of five none. */
export function mutated(chance: Chance, bytes: Buffer): Buffer {
  let changed = bytes;
  for (let left = chance.below(CHANGES_MAX + 1); left > 0; left -= 1) changed = change(chance, changed);
  return changed;
}

function change(chance: Chance, bytes: Buffer): Buffer {
  const from = chance.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + chance.below(16));
  const [before, cut, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  switch (chance.below(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (from < flipped.length) flipped[from] = (flipped[from] ?? 0) ^ (1 << chance.below(8));
      return flipped;
    }
    case 1:
      return before;
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, cut, cut, after]);
    case 4:
      return Buffer.concat([before, Buffer.from([chance.below(256)]), after]);
    case 5:
      return withMember(chance, bytes, from);
    default:
      return Buffer.concat([
        before,
        chance.oneOf(NASTY),
        chance.percent(50) ? after : Buffer.concat([cut, after]),
      ]);
  }
}

/** Another member in one of its objects, as it is written in JSON: in front, where it is read first. */
function withMember(chance: Chance, bytes: Buffer, from: number): Buffer {
  const at = bytes.indexOf('{', chance.percent(50) ? 0 : from) + 1;
  return Buffer.concat([bytes.subarray(0, at), chance.oneOf(MEMBERS), bytes.subarray(at)]);
}
