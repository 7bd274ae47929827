import type { Connection } from '../connection/connection.js';
import { memberOf, stringAt } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import type { OpenRequest } from '../requests/open-request.js';
import { ACTIVE } from './fold.js';
import type { Cursor, Log } from './log.js';
import { ownCopy } from './slab.js';

/** One thread of the runtime, as far as the broker must know it. */
export class Thread {
  readonly id: string;
  /** Who is subscribed, and how far each has come. */
  readonly subscribers = new Map<Connection, Cursor>();
  /** The runtime's requests about it that wait for an answer, in the order in which they came. */
  readonly openRequests = new Set<OpenRequest>();
  /** The connection that registered the thread's dynamic tools. */
  toolOwner: Connection | null = null;
  /** False once the runtime has closed, archived or deleted it, or has ended. */
  loaded = true;
  /** Whether the runtime has let it go, and nobody has asked for it since: it may take it up again by itself. */
  asleep = false;
  /** Null until it has said something, and when its log was evicted. */
  log: Log | null = null;
  /** What the runtime answered when the thread was last started, resumed or forked, its turns left out; JSON. */
  base: Buffer | null = null;
  /** Joins that wait for a snapshot of it. */
  joining = 0;
  /** Calls off its unloading; null while something goes on in it. */
  callOffUnload: (() => void) | null = null;

  constructor(id: string) {
    this.id = id;
  }

  /** Keeps the answer of a start, resume or fork. `result` is its place in the line. */
  opened(line: Buffer, result: Span): void {
    let base = line.subarray(result.start, result.end);
    for (const path of HEAVY_MEMBERS) base = withNull(base, path);
    this.base = ownCopy(base);
    if (this.log === null) return;
    const { fold } = this.log;
    fold.clearLatest();
    fold.mayRunUnseen = !fold.running && isActive(base);
  }
}

/** What of such an answer is history: it is told anew with every snapshot. */
const HEAVY_MEMBERS = [['thread', 'turns'], ['initialTurnsPage']].map((path) =>
  path.map((name) => Buffer.from(name)),
);

/** The JSON with the value at a path replaced by null. */
function withNull(json: Buffer, path: readonly Buffer[]): Buffer {
  const value = valueAt(json, path);
  if (value === null) return json;
  return Buffer.concat([json.subarray(0, value.start), Buffer.from('null'), json.subarray(value.end)]);
}

const STATUS_TYPE = ['thread', 'status', 'type'].map((name) => Buffer.from(name));

function isActive(base: Buffer): boolean {
  const type = valueAt(base, STATUS_TYPE);
  return type !== null && stringAt(base, type) === ACTIVE;
}

function valueAt(json: Buffer, path: readonly Buffer[]): Span | null {
  let value: Span | null = { start: 0, end: json.length };
  for (const name of path) value = value && memberOf(json, value, name);
  return value;
}
