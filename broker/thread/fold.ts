import { FOLD_BYTES_MAX, FOLD_TURNS_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { runtimeNotifications } from '../../protocol/notifications.js';
import type { ItemDelta, ServerNotification } from '../../protocol/notifications.js';
import type { Envelope } from '../framing/envelope.js';
import { memberOf, parseObject, QUOTE } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import { bytesOf, textOf } from './folded-turn.js';
import type { FoldedItem, FoldedTurn } from './folded-turn.js';
import type { ItemText } from './item-text.js';
import { KeptLines } from './kept-lines.js';
import { itemIn, statusOf, turnIdIn, turnIn } from './named.js';
import { ownCopy } from './slab.js';

/** The status of a thread in which a turn runs. */
export const ACTIVE = 'active';
/** The status of one that the runtime has let go of. */
export const NOT_LOADED = 'notLoaded';
/** Parts whose deltas are recognised at one look: as many items as commonly grow side by side. */
const HOT_TEXTS_MAX = 8;

/**
 * What the events of one thread add up to, as far as nobody else could tell: its running turns with their items, the
 * texts so far, the latest of what changes. Deltas are copied, not parsed.
 */
export class Fold {
  /** The turns that run, and with `keepEnded` those that have ended since. By id, oldest first. */
  readonly turns = new Map<string, FoldedTurn>();
  /** The latest line of each method that replaces the one before it. */
  readonly latest = new Map<string, Buffer>();
  /** The latest of what turns and threads have no member for. */
  kept = new KeptLines();
  /** Whether a turn may run that began before the log did, and has said nothing since. */
  mayRunUnseen = false;
  /** The texts that grew last, newest first. */
  #hot: ItemText[] = [];
  #bytes = 0;
  #keptBy = 0;
  #running = 0;

  /** Whether a turn runs. */
  get running(): boolean {
    return this.#running > 0;
  }

  get bytes(): number {
    return this.#bytes + this.kept.bytes;
  }

  /** One event more. */
  apply(row: ServerNotification, method: string, line: Buffer, envelope: Envelope): void {
    const { params } = envelope;
    if (params === null) return;
    switch (row.fold) {
      case 'none':
        return;
      case 'latest':
        this.#setLatest(method, line, params);
        return;
      case 'keptOfThread':
        this.#keep(method, null, line);
        return;
      case 'keptOfTurn':
        this.#keepOfTurn(method, line, params);
        return;
      case 'turnStarted':
        this.mayRunUnseen = false;
        this.#turnStarted(line, params);
        return;
      case 'turnCompleted':
        this.mayRunUnseen = false;
        this.#turnCompleted(line, params);
        return;
      case 'itemStarted':
        this.#itemStarted(line, params);
        return;
      case 'itemCompleted':
        this.#itemCompleted(line, params);
        return;
      default:
        if (this.#running > 0) this.#delta(row.fold, method, line, params);
    }
  }

  /** What has replaced what is known otherwise now. */
  clearLatest(): void {
    for (const line of this.latest.values()) this.#bytes -= line.length;
    this.latest.clear();
  }

  /** Takes over what the fold of the log's last life had, which is of no use any more. */
  inheritLatest(from: Fold): void {
    this.kept = from.kept;
    for (const [method, line] of from.latest) {
      this.latest.set(method, line);
      this.#bytes += line.length;
    }
  }

  /** Keeps turns that end from here on, until the matching `letEndedGo`: a page of older turns is on its way. */
  keepEnded(): void {
    this.#keptBy += 1;
  }

  letEndedGo(): void {
    this.#keptBy -= 1;
    if (this.#keptBy > 0) return;
    for (const turn of this.turns.values()) if (turn.completed !== null) this.#forget(turn);
  }

  /** The items in progress of all running turns. */
  *inProgress(): Iterable<{ readonly turn: FoldedTurn; readonly item: FoldedItem }> {
    for (const turn of this.turns.values()) {
      if (turn.completed !== null) continue;
      for (const item of turn.items.values()) if (item.completed === null) yield { turn, item };
    }
  }

  #keepOfTurn(method: string, line: Buffer, params: Span): void {
    const turnId = turnIdIn(line, params);
    if (turnId !== null) this.#keep(method, turnId, line);
  }

  #keep(method: string, turnId: string | null, line: Buffer): void {
    this.kept.put(method, turnId, line);
    this.#grew(0);
  }

  #setLatest(method: string, line: Buffer, params: Span): void {
    this.#grew(line.length - (this.latest.get(method)?.length ?? 0));
    this.latest.set(method, ownCopy(line));
    const status = method === runtimeNotifications.threadStatusChanged ? statusOf(line, params) : null;
    if (status !== null && status !== ACTIVE) this.mayRunUnseen = false;
  }

  #turnStarted(line: Buffer, params: Span): void {
    const id = turnIn(line, params);
    if (id === null || this.turns.get(id)?.started) return;
    this.kept.turnStarted(id, (other) => this.turns.get(other)?.completed === null);
    this.#addTurn(id, ownCopy(line));
  }

  #addTurn(id: string, started: Buffer | null): FoldedTurn {
    const known = this.turns.get(id);
    if (known !== undefined) this.#forget(known);
    if (this.turns.size >= FOLD_TURNS_MAX) {
      const [oldest] = this.turns.values();
      if (oldest !== undefined) this.#forget(oldest);
    }
    const turn = {
      id,
      started,
      completed: null,
      items: new Map<string, FoldedItem>(),
      whole: started !== null,
    };
    this.turns.set(id, turn);
    this.#running += 1;
    this.#grew(started?.length ?? 0);
    return turn;
  }

  #turnCompleted(line: Buffer, params: Span): void {
    const turn = this.turns.get(turnIn(line, params) ?? '');
    if (turn === undefined || turn.completed !== null) return;
    if (this.#keptBy === 0) {
      this.#forget(turn);
      return;
    }
    turn.completed = ownCopy(line);
    this.#running -= 1;
    this.#grew(line.length);
  }

  #itemStarted(line: Buffer, params: Span): void {
    const turn = this.#turnOf(line, params);
    const id = itemIn(line, params);
    if (turn === null || id === null || turn.items.has(id)) return;
    turn.items.set(id, { id, started: ownCopy(line), completed: null, texts: [] });
    this.#grew(line.length);
  }

  #itemCompleted(line: Buffer, params: Span): void {
    const turn = this.#turnOf(line, params);
    const id = itemIn(line, params);
    if (turn === null || id === null) return;
    const known = turn.items.get(id);
    if (known?.completed) return;
    const item = known ?? { id, started: null, completed: null, texts: [] };
    this.#forgetTexts(item);
    item.completed = ownCopy(line);
    turn.items.set(id, item);
    this.#grew(line.length);
  }

  /**
   * The turn that an item's event names: one that runs, or that may have begun before the log did. What comes of a turn
   * that is over (a command that outlives it) does not make it run again.
   */
  #turnOf(line: Buffer, params: Span): FoldedTurn | null {
    const id = turnIdIn(line, params);
    if (id === null) return null;
    const known = this.turns.get(id);
    if (known !== undefined || !this.mayRunUnseen) return known ?? null;
    this.mayRunUnseen = false;
    return this.#addTurn(id, null);
  }

  #delta(rule: ItemDelta, method: string, line: Buffer, params: Span): void {
    for (const text of this.#hot) {
      if (text.method !== method) continue;
      const bytes = text.appendLike(line, params);
      if (bytes === null) continue;
      this.#bytes += bytes;
      if (this.bytes > FOLD_BYTES_MAX) this.#grew(0);
      return;
    }
    this.#parsedDelta(rule, method, line, params);
  }

  /** A delta that does not look like the one before it. */
  #parsedDelta(rule: ItemDelta, method: string, line: Buffer, params: Span): void {
    const parsed = parseObject(line)?.['params'];
    if (!isObject(parsed)) return;
    const { turnId, itemId } = parsed;
    const item = this.turns.get(String(turnId))?.items.get(String(itemId));
    if (item === undefined || item.completed !== null) return;
    const index = parsed[rule.index ?? ''];
    const text = textOf(item, rule, typeof index === 'number' ? index : null);
    if (text === null) return;
    const before = text.bytes;
    if (rule.does === 'part') text.begunBy = method;
    else {
      text.method = method;
      text.rule = rule;
    }
    if (rule.does === 'append') {
      const value = memberOf(line, params, Buffer.from(rule.from));
      if (value !== null && line[value.start] === QUOTE) {
        text.append(line, value.start + 1, value.end - 1);
        this.#remember(text, line, params, value);
      }
    } else if (rule.does !== 'part') text.put(JSON.stringify(parsed[rule.from] ?? null), rule);
    this.#grew(text.bytes - before);
  }

  /** The next delta of this text is recognised by what stands around it. */
  #remember(text: ItemText, line: Buffer, params: Span, value: Span): void {
    text.recognise(line, params, value);
    this.#hot = [text, ...this.#hot.filter((one) => one !== text)].slice(0, HOT_TEXTS_MAX);
  }

  #grew(bytes: number): void {
    this.#bytes += bytes;
    while (this.bytes > FOLD_BYTES_MAX && this.#shorten());
  }

  /** Lets go of what is kept beside the turns, of what can be had elsewhere, then of the oldest text. False: there is nothing. */
  #shorten(): boolean {
    if (this.kept.dropOldest()) return true;
    for (const turn of this.turns.values()) {
      for (const item of turn.items.values()) {
        if (item.completed === null) continue;
        turn.items.delete(item.id);
        turn.whole = false;
        this.#bytes -= bytesOf(item);
        return true;
      }
    }
    let longest: ItemText | null = null;
    for (const { item } of this.inProgress()) {
      for (const text of item.texts) if (text.bytes > (longest?.bytes ?? 0)) longest = text;
    }
    const freed = longest?.shorten() ?? 0;
    this.#bytes -= freed;
    return freed > 0;
  }

  #forget(turn: FoldedTurn): void {
    this.turns.delete(turn.id);
    if (turn.completed === null) this.#running -= 1;
    this.#bytes -= (turn.started?.length ?? 0) + (turn.completed?.length ?? 0);
    for (const item of turn.items.values()) {
      this.#forgetTexts(item);
      this.#bytes -= bytesOf(item);
    }
  }

  #forgetTexts(item: FoldedItem): void {
    for (const text of item.texts) this.#bytes -= text.bytes;
    this.#hot = this.#hot.filter((one) => !item.texts.includes(one));
    item.texts = [];
  }
}
