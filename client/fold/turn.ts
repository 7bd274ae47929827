import type { ItemDelta } from '../../protocol/notifications.js';
import { number, object, objects, text, told, withNewest } from '../json.js';
import type { Json } from '../json.js';
import { NOTICES_MAX } from '../limits.js';
import type { PlanStep, TurnError, TurnStatus } from '../runtime-types.js';
import type { ItemState, Notice, TurnOrigin, TurnState } from '../types.js';
import { ItemFold } from './item.js';

type Head = Omit<TurnState, 'id' | 'items'>;

const NEW: Head = {
  status: 'inProgress',
  plan: null,
  diff: null,
  error: null,
  origin: null,
  notices: [],
  startedAt: null,
  completedAt: null,
  durationMs: null,
};

const statuses: readonly TurnStatus[] = ['inProgress', 'completed', 'interrupted', 'failed'];
const isStatus = (said: string | null): said is TurnStatus => statuses.some((each) => each === said);

/** One turn with its items. What is read of it is made when it is read, of what has changed since. */
export class TurnFold {
  readonly id: string;
  #head = NEW;
  readonly #items = new Map<string, ItemFold>();
  /** The items as they were last read. */
  #shown: readonly ItemState[] = [];
  readonly #changed = new Set<ItemFold>();
  #state: TurnState | null = null;

  constructor(id: string) {
    this.id = id;
  }

  /** As the runtime lists it, or a snapshot has it. */
  static of(turn: Json): TurnFold {
    const made = new TurnFold(text(turn, 'id') ?? '');
    made.tell(turn);
    for (const item of objects(turn, 'items')) {
      made.item(item, made.running && object(item, 'threadcast')['inProgress'] === true);
    }
    return made;
  }

  get running(): boolean {
    return this.#head.status === 'inProgress';
  }

  get state(): TurnState {
    this.#state ??= { id: this.id, ...this.#head, items: this.#itemStates() };
    return this.#state;
  }

  /** What the runtime says of it, but for its items. */
  tell(turn: Json): void {
    const { status, error, startedAt, completedAt, durationMs } = this.#head;
    const toldStatus = text(turn, 'status');
    this.set({
      status: isStatus(toldStatus) ? toldStatus : status,
      error: text(object(turn, 'error'), 'message') === null ? error : told<TurnError>(turn['error']),
      startedAt: number(turn, 'startedAt') ?? startedAt,
      completedAt: number(turn, 'completedAt') ?? completedAt,
      durationMs: number(turn, 'durationMs') ?? durationMs,
    });
    if (this.running) return;
    for (const item of this.#items.values()) {
      if (!item.inProgress) continue;
      item.stop();
      this.#changed.add(item);
    }
  }

  /** An item has begun, or is done. */
  item(item: Json, inProgress: boolean): void {
    const id = text(item, 'id');
    if (id === null || text(item, 'type') === null) return;
    const known = this.#items.get(id);
    if (known !== undefined) known.replace(item, inProgress);
    const fold = known ?? new ItemFold(id, this.#items.size, item, inProgress);
    this.#items.set(id, fold);
    this.#changed.add(fold);
    this.#state = null;
  }

  grow(rule: ItemDelta, params: Json): void {
    const item = this.#items.get(text(params, 'itemId') ?? '');
    if (item === undefined) return;
    item.grow(rule, params);
    this.#changed.add(item);
    this.#state = null;
  }

  plan(params: Json): void {
    const steps = told<readonly PlanStep[]>(objects(params, 'plan'));
    this.set({ plan: { explanation: text(params, 'explanation'), steps } });
  }

  diff(diff: string): void {
    this.set({ diff: diff === '' ? null : diff });
  }

  origin(origin: TurnOrigin): void {
    this.set({ origin });
  }

  notice(notice: Notice): void {
    this.set({ notices: withNewest(this.#head.notices, notice, NOTICES_MAX) });
  }

  /** What only those know of it who were there is kept where the turn is had anew: as far as it cannot have changed. */
  inherit({ plan, diff, origin, notices, status }: TurnState): void {
    this.set({ origin, notices, ...(status !== 'inProgress' && { plan, diff }) });
  }

  private set(changes: Partial<Head>): void {
    this.#head = { ...this.#head, ...changes };
    this.#state = null;
  }

  #itemStates(): readonly ItemState[] {
    if (this.#changed.size === 0) return this.#shown;
    const shown = [...this.#shown];
    for (const item of this.#changed) shown[item.at] = item.state;
    this.#changed.clear();
    this.#shown = shown;
    return shown;
  }
}
