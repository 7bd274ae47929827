import type { Asked } from './history.js';
import type { Json } from './message.js';

interface RunningItem {
  readonly item: Json;
  /** What it is when it is done. */
  finished: Json;
  /** Parts of a text that have begun. */
  parts: number;
}

export interface RuntimeTurn {
  readonly id: string;
  status: 'inProgress' | 'completed' | 'interrupted' | 'failed';
  /** Those that are done: all that the runtime lists. */
  readonly items: Json[];
  readonly running: Map<string, RunningItem>;
}

/** A thread as the runtime has it. Loaded, subscribed, running and open requests end with the runtime. */
export class RuntimeThread {
  readonly id: string;
  name: string | null = null;
  turns: RuntimeTurn[] = [];
  archived = false;
  loaded = false;
  /** Whether the broker is told what happens here. */
  subscribed = false;
  readonly open = new Set<Asked>();

  constructor(id: string) {
    this.id = id;
  }

  get turn(): RuntimeTurn | null {
    const last = this.turns.at(-1);
    return last?.status === 'inProgress' ? last : null;
  }

  /** Before its first turn a thread has no history, and is on no disk. */
  get materialized(): boolean {
    return this.turns.length > 0;
  }

  /** All its turns as the runtime lists them, oldest first. */
  listed(): Json[] {
    return this.turns.map(({ id, status, items }) => ({
      id,
      items: [...items],
      itemsView: 'full',
      status,
      error: null,
    }));
  }

  /** The runtime has let go of it, with whatever ran. */
  unload(): void {
    this.loaded = false;
    this.subscribed = false;
    this.open.clear();
    const { turn } = this;
    if (turn === null) return;
    turn.status = 'interrupted';
    turn.running.clear();
  }
}

/** A thread with a past, for the start of a story. */
export function storedThread(id: string, turnCount: number): RuntimeThread {
  const thread = new RuntimeThread(id);
  for (let n = 1; n <= turnCount; n += 1) {
    const item = { type: 'agentMessage', id: `${id}.${n}.a`, text: `said long ago in ${n}` };
    thread.turns.push({ id: `${id}.${n}`, status: 'completed', items: [item], running: new Map() });
  }
  return thread;
}
