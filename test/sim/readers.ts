import type { Capabilities } from './capabilities.js';
import type { Epoch } from './epoch.js';
import type { Entry, History } from './history.js';
import type { Message } from './message.js';
import type { Verdict } from './verdict.js';

/** What a reader needs to know of its client. */
export interface ReaderOf {
  readonly name: string;
  readonly history: History;
  readonly verdict: Verdict;
  readonly capabilities: Capabilities;
  /** Whether the broker has read a join of this thread that the client has no answer to. */
  isJoining(threadId: string): boolean;
}

/** When a subscription began, in stamps. */
export interface Since {
  readonly from: number;
  /** What was said before this is given late, and so out of the order of all logs. */
  lateUntil: number;
}

/** What one connection has been given of one log, and what it must get next. */
export abstract class Reader {
  readonly log: string;
  readonly since: Since;
  protected readonly of: ReaderOf;

  constructor(of: ReaderOf, log: string, since: Since) {
    this.of = of;
    this.log = log;
    this.since = since;
  }

  /** Takes one entry; null where it was sent as its number only. */
  abstract take(frame: Message, entry: Entry | null): void;
  /** Fails where something that was said before `stamp` has not come. */
  abstract mustHaveAllBefore(stamp: number): void;
  /** The next entry, of the broker's own making, that the frame may be. */
  abstract nextByBroker(frame: Message): Entry | undefined;
  /** How many entries there are for it that have not come. */
  abstract get behind(): number;
  /** Whether an entry comes in the order of all logs. */
  abstract isLive(frame: Message, entry: Entry): boolean;

  /** Whether the subscription has not ended before a point in time. */
  lasts(stamp: number): boolean {
    return this.until > stamp;
  }

  /** Up to when the subscription lasts, as far as that is known. */
  protected get until(): number {
    return this.of.history.goneAfter(this.log, this.since.from);
  }

  protected fail(what: string, entry?: Entry): void {
    const which = entry === undefined ? '' : `: ${entry.line.slice(0, 200)}`;
    this.of.verdict.fail(`${this.of.name} ${what} in ${this.log}${which}`);
  }

  protected isWithheld({ message, asked }: Entry): boolean {
    const { capabilities } = this.of;
    return asked === null ? !capabilities.wants(message.method ?? '') : !capabilities.mayBeAsked(asked);
  }
}

/** On the stock wire: the events as they are, one behind the other. */
export class StockReader extends Reader {
  #next: number;

  constructor(of: ReaderOf, log: string, since: Since, next: number) {
    super(of, log, since);
    this.#next = next;
  }

  take(_: Message, entry: Entry | null): void {
    if (entry === null) return;
    // A request that is still open comes late to whoever comes late.
    if (entry.index < this.#next && entry.asked !== null) return;
    if (entry.index < this.#next) this.fail('was given again what it had', entry);
    else if (entry.stamp >= this.until)
      this.fail('was given what came after its subscription had ended', entry);
    else this.#skipTo(entry.index);
    this.#next = Math.max(this.#next, entry.index + 1);
  }

  mustHaveAllBefore(stamp: number): void {
    if (this.since.lateUntil >= stamp) return;
    const { history } = this.of;
    this.#skipTo(history.countBefore(this.log, Math.min(stamp, this.until)));
  }

  nextByBroker(frame: Message): Entry | undefined {
    const { history } = this.of;
    const log = history.log(this.log);
    let at = this.#next;
    for (let entry = log[at]; entry !== undefined; at += 1, entry = log[at]) {
      if (entry.byBroker !== null && !this.isWithheld(entry)) break;
    }
    return history.ofBroker(this.log, at, frame);
  }

  get behind(): number {
    return this.of.history.log(this.log).length - this.#next;
  }

  isLive(_: Message, entry: Entry): boolean {
    return entry.stamp >= this.since.lateUntil && entry.index >= this.#next;
  }

  #skipTo(index: number): void {
    const log = this.of.history.log(this.log);
    for (; this.#next < index; this.#next += 1) {
      const entry = log[this.#next];
      // Whether requests are asked is looked at apart: a late one has no place of its own.
      if (entry !== undefined && entry.asked === null && !this.isWithheld(entry))
        this.fail('never got', entry);
    }
  }
}

/** On the v1 wires: numbers without a hole. */
export class NumberedReader extends Reader {
  epoch: Epoch | null;
  seq: number;
  /** Up to here it is a replay: what is asked there is not asked again. */
  replayUntil: number;

  constructor(
    of: ReaderOf,
    log: string,
    since: Since,
    at: { epoch: Epoch | null; seq: number; replayUntil?: number },
  ) {
    super(of, log, since);
    this.epoch = at.epoch;
    this.seq = at.seq;
    this.replayUntil = at.replayUntil ?? at.seq;
  }

  take({ seq = -1 }: Message, entry: Entry | null): void {
    const { epoch } = this;
    if (epoch === null) this.fail('was given an entry before it was told the epoch', entry ?? undefined);
    else if (seq !== this.seq + 1) this.fail(`was given ${seq} after ${this.seq}`, entry ?? undefined);
    else if (entry === null) this.#marker(epoch, seq);
    else {
      this.of.history.given(epoch, seq, entry);
      if (this.isWithheld(entry)) this.fail('was given what is not meant for it', entry);
      if (entry.asked !== null && seq <= this.replayUntil) this.fail('was asked again in a replay', entry);
    }
    this.seq = seq;
  }

  mustHaveAllBefore(stamp: number): void {
    // A join moves the subscription at once: what was on its way there is in its answer.
    if (this.since.lateUntil >= stamp || this.of.isJoining(this.log)) return;
    const end = Math.min(stamp, this.until);
    const base = this.epoch === null ? 0 : this.epoch.base;
    const next = base === null ? undefined : this.of.history.log(this.log)[base + this.seq];
    if (next !== undefined && next.stamp < end) this.fail(`never got ${this.seq + 1}`, next);
  }

  nextByBroker(frame: Message): Entry | undefined {
    const { history } = this.of;
    const base = this.epoch?.base;
    if (typeof base === 'number' && frame.seq !== undefined) {
      return history.ofBroker(this.log, base + frame.seq - 1, frame);
    }
    return history.log(this.log).findLast((entry) => entry.byBroker !== null && history.fits(frame, entry));
  }

  get behind(): number {
    return this.of.history.log(this.log).length - (this.epoch?.base ?? 0) - this.seq;
  }

  isLive({ seq = 0 }: Message, entry: Entry): boolean {
    return seq > this.replayUntil && entry.stamp >= this.since.lateUntil;
  }

  /** The log has begun anew: what was in its last life must have come. */
  reset(epoch: Epoch, seq: number): void {
    const base = this.epoch?.base;
    if (this.epoch === epoch) this.fail('was told twice of one life');
    // A life in which nothing was said begins where the next one does.
    if (typeof base === 'number' && this.seq > 0) {
      const log = this.of.history.log(this.log);
      const [first, next] = [log[base], log[base + this.seq]];
      if (first !== undefined && next?.life === first.life) this.fail(`never got ${this.seq + 1}`, next);
    }
    this.epoch = epoch;
    this.seq = seq;
    this.replayUntil = seq;
  }

  /** All of the log has come: so its last entry has the last number. */
  mustBeAtEnd(): void {
    const { history } = this.of;
    if (this.epoch === null || this.until < Infinity) return;
    history.number(this.epoch, this.seq, history.log(this.log).length - 1);
  }

  #marker(epoch: Epoch, seq: number): void {
    const isReplay = seq <= this.replayUntil;
    epoch.whenKnown((base) => {
      const entry = this.of.history.log(this.log)[base + seq - 1];
      if (entry === undefined) this.fail(`was given the number ${seq} for nothing`);
      else if (!this.#mayBeMarker(entry, isReplay)) this.fail('was given the number alone', entry);
    });
  }

  #mayBeMarker(entry: Entry, isReplay: boolean): boolean {
    const { asked } = entry;
    if (this.isWithheld(entry)) return true;
    if (asked === null) return false;
    if (asked.single) return true;
    // What is answered by the time it could be given, nobody else is asked.
    return isReplay || entry.stamp < this.since.lateUntil || (asked.answeredAt ?? asked.resolvedAt) !== null;
  }
}
