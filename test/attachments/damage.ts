import fc from 'fast-check';

/** What was done to a file, and the file after it. */
export interface Damage {
  readonly what: string;
  readonly damage: (file: Buffer) => Buffer;
}

const PAGE_BYTES = 4_096;
/** Where the two meta pages have something. */
const META_BYTES = 176;

const place = fc.nat();

function pageOf(file: Buffer, at: number): number {
  return (at % Math.ceil(file.length / PAGE_BYTES)) * PAGE_BYTES;
}

function changed(file: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  change(copy);
  return copy;
}

function flip(copy: Buffer, byte: number, bit: number): void {
  copy.writeUInt8(copy.readUInt8(byte) ^ (1 << bit), byte);
}

/** Any of what a disk, a crash or a person may do to a file. */
export const damages: fc.Arbitrary<Damage> = fc.oneof(
  place.map((at) => ({
    what: `page ${at} is zeroed`,
    damage: (file: Buffer) =>
      changed(file, (copy) => copy.fill(0, pageOf(file, at), pageOf(file, at) + PAGE_BYTES)),
  })),
  fc.tuple(place, fc.uint8Array({ minLength: PAGE_BYTES, maxLength: PAGE_BYTES })).map(([at, bytes]) => ({
    what: `page ${at} is noise`,
    damage: (file: Buffer) => changed(file, (copy) => copy.set(bytes, pageOf(file, at))),
  })),
  place.map((length) => ({
    what: `it is cut at ${length}`,
    damage: (file: Buffer) => file.subarray(0, length % file.length),
  })),
  fc.tuple(place, place).map(([from, to]) => ({
    what: `page ${from} is also in the place of page ${to}`,
    damage: (file: Buffer) =>
      changed(file, (copy) => {
        file.copy(copy, pageOf(file, to), pageOf(file, from), pageOf(file, from) + PAGE_BYTES);
      }),
  })),
  fc.tuple(fc.nat(1), fc.nat(META_BYTES - 1), fc.nat(7)).map(([page, byte, bit]) => ({
    what: `bit ${bit} of byte ${byte} of meta page ${page} is another`,
    damage: (file: Buffer) => changed(file, (copy) => flip(copy, page * PAGE_BYTES + byte, bit)),
  })),
  fc.tuple(place, fc.nat(PAGE_BYTES - 1), fc.nat(7)).map(([at, byte, bit]) => ({
    what: `bit ${bit} of byte ${byte} of page ${at} is another`,
    damage: (file: Buffer) => changed(file, (copy) => flip(copy, pageOf(file, at) + byte, bit)),
  })),
  fc.tuple(place, fc.nat(63), fc.nat(7)).map(([at, byte, bit]) => ({
    what: `bit ${bit} of byte ${byte} of the head of page ${at} is another`,
    damage: (file: Buffer) => changed(file, (copy) => flip(copy, pageOf(file, at) + byte, bit)),
  })),
);
