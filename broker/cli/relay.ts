import { encodeStock } from '../../protocol/codec.js';
import { errorBody, errors } from '../../protocol/errors.js';
import { isObject, threadIdOf } from '../../protocol/messages.js';
import { clientMethod } from '../../protocol/methods.js';
import {
  brokerNotificationNames,
  brokerNotifications,
  serverNotification,
} from '../../protocol/notifications.js';
import type { Position } from '../../protocol/schemas.js';
import { LOBBY } from '../../protocol/wires.js';
import { readEnvelope } from '../framing/envelope.js';
import type { Envelope } from '../framing/envelope.js';
import { parseObject, walkMembers } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';

/** One connection to the broker, on the wire `threadcast.v1.json`. */
export interface RelaySocket {
  send(frame: Uint8Array): void;
  close(): void;
}

/** A request of the client that has not been answered. */
interface Asked {
  readonly method: string;
  readonly threadId: string | null;
}

type Json = Record<string, unknown>;

/** A frame's position, as the broker writes it: in front. */
const POSITION = /^\{"log":(?<log>"(?:[^"\\]|\\.)*"),"seq":(?<seq>\d+)(?<end>[,}])/;
/** Longer than any position. */
const POSITION_BYTES_MAX = 2_048;
/** What the relay's own requests have for ids; a client's are its own. */
const OWN_ID = 'threadcast:relay:';
const MISSED =
  'the connection was lost, and the broker no longer holds all that came meanwhile: start anew to see it';

/**
 * Makes one client of the stock wire out of a v1 connection that may break and be taken up again: positions are
 * counted and left out, and after a break every log is rejoined where it was. The client sees no event twice, and none
 * is missing.
 */
export class Relay {
  /** Why it cannot go on; null while it can. */
  failure: string | null = null;
  readonly #print: (line: Uint8Array) => void;
  readonly #positions = new Map<string, { epoch: string; seq: number }>();
  readonly #asked = new Map<string, Asked>();
  /** The requests of the runtime that the client has been given and that are open, by id. */
  readonly #open = new Set<string>();
  /** The params of the client's `initialize`; null before it. */
  #initialize: Json | null = null;
  #initialized = false;
  #connectionId: string | null = null;
  #socket: RelaySocket | null = null;
  /** Own requests that are not answered. While there are any the client has to wait. */
  #rejoining = new Map<string, string>();
  /** What the client has said meanwhile: what had been read of it before its owner stopped reading. */
  #held: Buffer[] = [];
  #caughtUp: () => void = () => {};
  /** Requests that are given when the replay of their log has come to this number. */
  #due: { readonly log: string; readonly seq: number; readonly frames: readonly Buffer[] }[] = [];
  #lastOwnId = 0;

  /** `print` gets what the client is to read, a line at a time with its newline. */
  constructor(print: (line: Uint8Array) => void) {
    this.#print = print;
  }

  /** A connection is open: the first one, or one after a break. */
  opened(socket: RelaySocket): void {
    this.#socket = socket;
    for (const [id, { method }] of this.#asked) this.#lost(id, method);
    this.#asked.clear();
    this.#rejoining.clear();
    this.#due = [];
    if (this.#initialize !== null && this.#initialized) this.#comeBack(this.#initialize);
  }

  /** Calls back once every log is rejoined: now, or later. Until then the client should not be read. */
  whenCaughtUp(run: () => void): void {
    if (this.#rejoining.size === 0) run();
    else this.#caughtUp = run;
  }

  /** A line of the client. */
  said(line: Buffer): void {
    if (this.#rejoining.size > 0) {
      this.#held.push(Buffer.from(line));
      return;
    }
    const envelope = readEnvelope(line);
    if (envelope?.id && envelope.method !== null) {
      const message = parseObject(line) ?? {};
      const threadId = threadIdOf(message['params']);
      this.#asked.set(textAt(line, envelope.id), { method: envelope.method, threadId });
      if (envelope.method === 'initialize' && isObject(message['params']))
        this.#initialize = message['params'];
    } else if (envelope?.id) this.#open.delete(textAt(line, envelope.id));
    this.#socket?.send(line);
  }

  /** A frame of the broker. */
  received(frame: Buffer): void {
    const position = POSITION.exec(frame.toString('utf8', 0, POSITION_BYTES_MAX))?.groups;
    if (position === undefined) {
      this.#ownFrame(frame);
      return;
    }
    const log = stringOf(position['log'] ?? '""');
    const known = this.#positions.get(log);
    if (known !== undefined) known.seq = Number(position['seq']);
    if (position['end'] === ',') {
      const head = Buffer.byteLength(`{"log":${position['log']},"seq":${position['seq']},`);
      this.#entry(Buffer.concat([OPEN, frame.subarray(head)]), log);
    }
    this.#giveDue(log, known?.seq ?? 0);
  }

  #entry(line: Buffer, log: string): void {
    const envelope = readEnvelope(line);
    const method = envelope?.method ?? '';
    if (envelope?.id) this.#open.add(textAt(line, envelope.id));
    if (!brokerNotificationNames.has(method)) this.#printLine(line);
    if (serverNotification(method).effect !== 'threadGone') return;
    this.#positions.delete(log === LOBBY ? (envelope?.threadId ?? '') : log);
  }

  /** A frame that is in no log: an answer, or what the broker says to this connection alone. */
  #ownFrame(frame: Buffer): void {
    const envelope = readEnvelope(frame);
    if (envelope === null) return;
    if (envelope.method === brokerNotifications.logReset) this.#reset(frame);
    else if (brokerNotificationNames.has(envelope.method ?? '')) return;
    else if (envelope.method === null && envelope.id !== null) this.#answer(frame, envelope, envelope.id);
    else {
      if (envelope.id !== null) this.#open.add(textAt(frame, envelope.id));
      this.#printLine(frame);
    }
  }

  #reset(frame: Buffer): void {
    const params = parseObject(frame)?.['params'];
    if (!isObject(params)) return;
    this.#positions.set(String(params['log']), {
      epoch: String(params['epoch']),
      seq: Number(params['seq']),
    });
  }

  #answer(frame: Buffer, envelope: Envelope, idAt: Span): void {
    const id = textAt(frame, idAt);
    const log = this.#rejoining.get(id);
    if (log !== undefined) {
      this.#rejoined(id, log, frame);
      return;
    }
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked === undefined || envelope.result === null) this.#printLine(frame);
    else this.#result(frame, envelope.result, asked);
  }

  /** The positions that a result has besides are noted and left out. */
  #result(frame: Buffer, result: Span, { method, threadId }: Asked): void {
    const { answer } = clientMethod(method);
    if (method === 'thread/unsubscribe' && threadId !== null) this.#positions.delete(threadId);
    if (method !== 'initialize' && answer !== 'resume' && answer !== 'create') {
      this.#printLine(frame);
      return;
    }
    const message = parseObject(frame)?.['result'];
    const extra = isObject(message) ? message['threadcast'] : undefined;
    if (isObject(message) && isObject(extra)) {
      if (method === 'initialize') this.#greeted(extra);
      else if (isObject(message['thread']))
        this.#positions.set(String(message['thread']['id']), positionOf(extra));
    }
    this.#printLine(withoutMember(frame, result, THREADCAST));
  }

  #greeted(extra: Json): void {
    this.#initialized = true;
    this.#connectionId = String(extra['connectionId']);
    if (isObject(extra['lobby'])) this.#positions.set(LOBBY, positionOf(extra['lobby']));
  }

  #comeBack(params: Json): void {
    const known = isObject(params['capabilities']) ? params['capabilities'] : {};
    const extensions = isObject(known['extensions']) ? known['extensions'] : {};
    const own = isObject(extensions['threadcast']) ? extensions['threadcast'] : {};
    const lobby = this.#positions.get(LOBBY);
    const threadcast = { ...own, lobby, previousConnectionId: this.#connectionId };
    const capabilities = { ...known, extensions: { ...extensions, threadcast } };
    this.#ask('initialize', { ...params, capabilities }, LOBBY);
    this.#socket?.send(encodeStock({ method: 'initialized' }));
    for (const [threadId, since] of this.#positions) {
      if (threadId !== LOBBY) this.#ask('broker/thread/join', { threadId, since }, threadId);
    }
  }

  #ask(method: string, params: object, log: string): void {
    this.#lastOwnId += 1;
    const id = `${OWN_ID}${this.#lastOwnId}`;
    this.#rejoining.set(JSON.stringify(id), log);
    this.#socket?.send(encodeStock({ id, method, params }));
  }

  #rejoined(id: string, log: string, frame: Buffer): void {
    this.#rejoining.delete(id);
    const result = parseObject(frame)?.['result'];
    const extra = isObject(result) && log === LOBBY ? result['threadcast'] : result;
    const where = isObject(extra) && log === LOBBY ? extra['lobby'] : extra;
    if (!isObject(extra) || !isObject(where) || where['recovered'] !== true) {
      this.#fail();
      return;
    }
    if (log === LOBBY) this.#connectionId = String(extra['connectionId']);
    else this.#joined(log, extra);
    if (this.#rejoining.size > 0) return;
    for (const line of this.#held.splice(0)) this.said(line);
    this.#caughtUp();
    this.#caughtUp = () => {};
  }

  /** Requests that the client has not been given follow what came before them. */
  #joined(log: string, { seq, pendingRequests }: Json): void {
    const pending = Array.isArray(pendingRequests) ? pendingRequests.filter(isObject) : [];
    const news = pending.filter(({ id }) => !this.#open.has(JSON.stringify(id)));
    const frames = news.map((request) => Buffer.from(encodeStock(request)));
    if (frames.length > 0) this.#due.push({ log, seq: Number(seq), frames });
    this.#giveDue(log, this.#positions.get(log)?.seq ?? 0);
  }

  #giveDue(log: string, seq: number): void {
    for (const due of this.#due.filter((one) => one.log === log && one.seq <= seq)) {
      this.#due = this.#due.filter((one) => one !== due);
      for (const frame of due.frames) this.#ownFrame(frame);
    }
  }

  /** A request went with the connection: whether it was carried out is not known. */
  #lost(id: string, method: string): void {
    const error = errorBody(errors.connectionLost, `The connection was lost before ${method} was answered`);
    this.#printLine(Buffer.from(`{"id":${id},"error":${JSON.stringify(error)}}`));
  }

  #fail(): void {
    this.failure = MISSED;
    this.#socket?.close();
  }

  #printLine(line: Buffer): void {
    if (this.failure === null) this.#print(Buffer.concat([line, NEWLINE]));
  }
}

const OPEN = Buffer.from('{');
const NEWLINE = Buffer.from('\n');
const THREADCAST = 'threadcast';

function textAt(bytes: Buffer, { start, end }: Span): string {
  return bytes.toString('utf8', start, end);
}

function stringOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return String(value);
}

function positionOf(value: Json): Position {
  return { epoch: String(value['epoch']), seq: Number(value['seq']) };
}

/** The bytes without one member of the object at `object`. */
function withoutMember(bytes: Buffer, object: Span, name: string): Buffer {
  let cut: Span | null = null;
  let first = true;
  walkMembers(bytes, object.start, (keyStart, keyEnd, _, end) => {
    if (bytes.toString('utf8', keyStart, keyEnd) !== name) {
      first = false;
      return false;
    }
    // The comma behind it goes with the first, else the one before it.
    const comma = bytes[end] === COMMA ? 1 : 0;
    cut = first ? { start: keyStart - 1, end: end + comma } : { start: keyStart - 2, end };
    return true;
  });
  if (cut === null) return bytes;
  const { start, end } = cut as Span;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

const COMMA = 0x2c;
