import type { ServerNotification } from '../../protocol/notifications.js';
import { frameHead, jsonFrame, markerFrame, msgpackFrame } from '../framing/frames.js';
import type { V1Wire } from '../framing/frames.js';
import type { Position } from '../../protocol/schemas.js';
import { Slab } from './slab.js';
import { Fold } from './fold.js';
import type { Subscriber } from './subscriber.js';

/** What of a notification's row decides who gets it; a request of the runtime has one of its own. */
export type EntryRow = Pick<ServerNotification, 'experimental'> & Partial<Pick<ServerNotification, 'wire'>>;

/** One numbered event of a log. Its frames are made once a wire, when somebody needs them, and shared by all. */
export interface Entry {
  readonly seq: number;
  /** Its place among all entries of all logs, and the frames for single connections. */
  readonly ordinal: number;
  readonly method: string;
  readonly row: EntryRow;
  /** The line of the runtime. */
  readonly stock: Buffer;
  json: Buffer | null;
  msgpack: Uint8Array | null;
  /** For a request of the runtime: who is given it here. Null for what everyone is given who wants it. */
  readonly given: Given | null;
}

/** To whom an entry goes that is a request: the others get its number only. */
interface Given {
  has(subscriber: Subscriber): boolean;
  /** The frame without what a client that did not declare `experimentalApi` must not see; null where it is the same. */
  readonly plain: Buffer | null;
}

export interface NewEntry {
  readonly method: string;
  readonly row: EntryRow;
  readonly line: Buffer;
  /** What v1 clients get instead of `line`; null where it is the same. */
  readonly v1Line?: Buffer | null;
  readonly given?: Given | null;
}

/** Numbers everything that goes to clients, in the order in which it came to be. */
export interface Ordinals {
  last: number;
}

export interface LogBounds {
  readonly ringBytes: number;
  readonly ringEntries: number;
}

/** What a ring begins with; it doubles as it fills. */
const RING_SLOTS_MIN = 64;

/**
 * The numbered entries of one thread, or of the lobby, the newest of them in a ring. Every subscriber is a position
 * in it: nothing is queued for anybody.
 */
export class Log {
  /** `lobby`, or the thread's id. */
  readonly name: string;
  /** This life of the log; never the same for two. */
  readonly epoch: string;
  /** Who reads it, and how far each has come. */
  readonly cursors = new Set<Cursor>();
  /** What its entries add up to. */
  readonly fold = new Fold();
  /** Bytes of it that are counted in `Logs`. */
  counted = 0;
  /** Nothing is dropped: it is not clear yet who must have all of it. */
  held = false;
  /** Set once this life of the log is over: what is left of it is for those who are behind. */
  ended: (() => void) | null = null;
  readonly #ordinals: Ordinals;
  readonly #bounds: LogBounds;
  readonly #slab = new Slab();
  readonly #head: Buffer;
  #ring = emptyRing(RING_SLOTS_MIN);
  #first = 1;
  /** What came up to here has been given to all who could take it. */
  #trimmedAt = 0;
  #next = 1;
  #bytes = 0;

  constructor(name: string, epoch: string, ordinals: Ordinals, bounds: LogBounds) {
    this.name = name;
    this.epoch = epoch;
    this.#ordinals = ordinals;
    this.#bounds = bounds;
    this.#head = frameHead(name);
  }

  /** The number of its newest entry; 0 when there has been none. */
  get seq(): number {
    return this.#next - 1;
  }

  /** The number of the oldest entry that it still holds; `seq + 1` when it holds none. */
  get first(): number {
    return this.#first;
  }

  /** Bytes of the frames that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether something would be dropped now. */
  get full(): boolean {
    return this.#bytes > this.#bounds.ringBytes || this.#next - this.#first > this.#bounds.ringEntries;
  }

  get position(): Position {
    return { epoch: this.epoch, seq: this.seq };
  }

  /** One entry more. Older ones go with the next `trim`: nobody may miss what came in the current turn of work. */
  append({ method, row, line, v1Line = null, given = null }: NewEntry): Entry {
    const seq = this.#next;
    this.#ordinals.last += 1;
    const stock = this.#slab.copy(line);
    const json = v1Line === null ? null : this.#toJson(v1Line, seq);
    const entry = { seq, ordinal: this.#ordinals.last, method, row, stock, json, msgpack: null, given };
    if (seq - this.#first === this.#ring.length) this.#grow();
    this.#ring[seq & (this.#ring.length - 1)] = entry;
    this.#next = seq + 1;
    this.#bytes += stock.length + (json?.length ?? 0);
    return entry;
  }

  /** An entry that it holds. */
  at(seq: number): Entry {
    const entry = this.#ring[seq & (this.#ring.length - 1)];
    if (entry === undefined || entry.seq !== seq) throw new Error(`log ${this.name} does not hold ${seq}`);
    return entry;
  }

  /** Whether it is this life of the log, and holds everything after the position. */
  covers({ epoch, seq }: Position): boolean {
    return epoch === this.epoch && seq >= this.#first - 1 && seq <= this.seq;
  }

  /** An entry as a frame of a v1 wire; its number only where `whole` is false. */
  frame(entry: Entry, wire: V1Wire, whole: boolean): Uint8Array {
    if (!whole) return markerFrame(wire, this.name, entry.seq);
    return wire === 'json' ? this.#jsonOf(entry) : this.#msgpackOf(entry);
  }

  /** A frame of an entry that is one connection's own: a request as a client without `experimentalApi` gets it. */
  frameOf(line: Buffer, seq: number, wire: V1Wire): Uint8Array {
    const json = this.#toJson(line, seq);
    if (wire === 'json') return json;
    return msgpackFrame(this.name, seq, json) ?? markerFrame(wire, this.name, seq);
  }

  /** Drops what is over its bounds, the oldest first; with `bytesToFree` more. The newest entry always stays. */
  trim(bytesToFree = 0): void {
    if (this.held) return;
    this.#trimmedAt = this.seq;
    const bytesMax = Math.min(this.#bounds.ringBytes, this.#bytes - bytesToFree);
    while (
      this.#next - this.#first > 1 &&
      (this.#bytes > bytesMax || this.#next - this.#first > this.#bounds.ringEntries)
    ) {
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const slot = this.#first & (this.#ring.length - 1);
    const entry = this.#ring[slot];
    this.#ring[slot] = undefined;
    this.#first += 1;
    if (entry !== undefined) this.#bytes -= bytesOf(entry);
  }

  #grow(): void {
    const ring = emptyRing(this.#ring.length * 2);
    for (let seq = this.#first; seq < this.#next; seq += 1) ring[seq & (ring.length - 1)] = this.at(seq);
    this.#ring = ring;
  }

  #jsonOf(entry: Entry): Buffer {
    if (entry.json !== null) return entry.json;
    const frame = this.#toJson(entry.stock, entry.seq);
    if (this.#keeps(entry, frame)) entry.json = frame;
    return frame;
  }

  #msgpackOf(entry: Entry): Uint8Array {
    if (entry.msgpack !== null) return entry.msgpack;
    const packed = msgpackFrame(this.name, entry.seq, entry.json ?? entry.stock);
    const frame = this.#slab.copy(packed ?? markerFrame('msgpack', this.name, entry.seq));
    if (this.#keeps(entry, frame)) entry.msgpack = frame;
    return frame;
  }

  /** Whether a frame is kept: that of a new entry is everybody's, that of a replay is where there is room for it. */
  #keeps(entry: Entry, frame: Uint8Array): boolean {
    const isNew = entry.seq > this.#trimmedAt;
    if (!isNew && (entry.seq < this.#first || this.#bytes + frame.length > this.#bounds.ringBytes))
      return false;
    this.#bytes += frame.length;
    return true;
  }

  #toJson(line: Buffer, seq: number): Buffer {
    return jsonFrame(this.#head, seq, line, (bytes) => this.#slab.take(bytes));
  }
}

function emptyRing(slots: number): (Entry | undefined)[] {
  const ring: (Entry | undefined)[] = [];
  ring.length = slots;
  return ring;
}

function bytesOf({ stock, json, msgpack }: Entry): number {
  return stock.length + (json?.length ?? 0) + (msgpack?.length ?? 0);
}

/** How far one connection has come in one log. */
export class Cursor {
  readonly log: Log;
  readonly subscriber: Subscriber;
  /** Entries up to this one are a replay: requests among them come as their number only. */
  readonly replayUntil: number;
  /** Not before what was queued for the connection under this ordinal. */
  readonly floor: number;
  /** The number of the entry that it gets next. */
  next: number;
  /** The last entry that it gets: where the subscription ended. */
  until = Infinity;
  /** Whether its connection knows that there is something to get. */
  awake = false;

  constructor(log: Log, subscriber: Subscriber, after: number, floor: number) {
    this.log = log;
    this.subscriber = subscriber;
    this.next = after + 1;
    this.replayUntil = log.seq;
    this.floor = floor;
    log.cursors.add(this);
  }

  /** Whether there is an entry for it. */
  get behind(): boolean {
    return this.next <= Math.min(this.log.seq, this.until);
  }

  /** Whether the log has dropped what it needs. */
  get fellOff(): boolean {
    return this.next < this.log.first && this.behind;
  }

  /** The place of its next entry among all that its connection gets. */
  get ordinal(): number {
    return Math.max(this.log.at(this.next).ordinal, this.floor);
  }

  /** Entries that it has not been given. */
  get entriesBehind(): number {
    return Math.max(0, Math.min(this.log.seq, this.until) + 1 - this.next);
  }

  /** Bytes of the runtime's lines that it has not been given. */
  get bytesBehind(): number {
    let bytes = 0;
    const last = Math.min(this.log.seq, this.until);
    for (let seq = Math.max(this.next, this.log.first); seq <= last; seq += 1)
      bytes += this.log.at(seq).stock.length;
    return bytes;
  }

  /** Gives it nothing beyond what the log holds now. */
  end(): void {
    this.until = Math.min(this.until, this.log.seq);
    if (!this.behind) this.drop();
  }

  /** Gives it nothing more. */
  drop(): void {
    this.until = 0;
    this.log.cursors.delete(this);
    this.subscriber.dropped(this);
    if (this.log.cursors.size === 0) this.log.ended?.();
  }
}
