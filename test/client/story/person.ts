import { connect } from '../../../client/index.js';
import type { Client, ConnectOptions, WatchedThread } from '../../../client/index.js';
import { msgpack } from '../../../client/msgpack.js';
import { DeadSocket, MemorySocket } from '../memory-socket.js';
import type { StoryWorld } from './world.js';

/** Something said, and what became of it. */
interface Submitted {
  readonly words: string;
  turnId: string | null;
}

export interface PersonOptions {
  readonly wire: 'json' | 'msgpack';
  readonly observer: boolean;
  readonly kernelBytes: number;
}

/** Somebody with the SDK. */
export class Person {
  readonly name: string;
  readonly observer: boolean;
  readonly client: Client;
  readonly watched = new Map<string, WatchedThread>();
  readonly submitted: Submitted[] = [];
  /** What was asked for and has no end yet. */
  readonly pending = new Set<string>();
  socket: MemorySocket | null = null;
  stalled = false;
  /** One that has lost an entry on its way: it is noticed by the next one. */
  robbed: MemorySocket | null = null;
  /** Wakes the client up. */
  wake: (what: 'retry' | 'doubt') => void = () => {};
  readonly #world: StoryWorld;
  #said = 0;

  constructor(name: string, world: StoryWorld, { wire, observer, kernelBytes }: PersonOptions) {
    this.name = name;
    this.observer = observer;
    this.#world = world;
    const { schedule } = world.steps;
    // A chance of its own, the same in each telling.
    let chance = name.length;
    const options: ConnectOptions = {
      url: 'ws://memory',
      clientInfo: { name, version: '1' },
      codecs: wire === 'msgpack' ? [msgpack] : [],
      ...(observer && { role: 'observer' }),
      clock: world.clock,
      random: () => (chance = (chance * 16_807 + 11) % 2_147_483_647) / 2_147_483_647,
      fetch: async () => await Promise.reject(new Error('no network')),
      wakeup: (tell) => {
        this.wake = () => tell('retry');
        return () => {};
      },
      socket: (_, offered) => {
        this.stalled = false;
        if (world.unreachable || world.givenUp) return new DeadSocket(schedule);
        this.socket = new MemorySocket(world.broker, offered, { kernelBytes, schedule });
        return this.socket;
      },
    };
    this.client = connect(options);
  }

  watch(threadId: string): WatchedThread {
    const watched = this.watched.get(threadId) ?? this.client.watch(threadId);
    this.watched.set(threadId, watched);
    return watched;
  }

  leave(threadId: string): void {
    this.watched.get(threadId)?.close();
    this.watched.delete(threadId);
  }

  start(): void {
    this.#follow('a start', async () => {
      const started = await this.client.startThread({});
      if (this.watched.has(started.threadId)) started.close();
      else this.watched.set(started.threadId, started);
    });
  }

  submit(thread: WatchedThread): void {
    this.#said += 1;
    const submitted: Submitted = { words: `${this.name} says ${this.#said}`, turnId: null };
    this.submitted.push(submitted);
    this.#follow(submitted.words, async () => {
      const { turnId } = await thread.submit(submitted.words, { mark: `${this.name}:${this.#said}` });
      submitted.turnId = turnId;
    });
  }

  /** Whether it counted must be what the runtime got. */
  answer(thread: WatchedThread, requestId: string | number, startedAtMs: unknown): void {
    const { verdict, history } = this.#world;
    this.#follow(`an answer to ${requestId}`, async () => {
      const counted = await thread.answer(requestId, { decision: 'accept', by: this.name });
      const asked = history.asked.get(Number(startedAtMs));
      verdict.check(
        counted === (asked?.by === this.name),
        () =>
          `${this.name} was told that its answer to ${requestId} counted: ${counted}; it was ${asked?.by}'s`,
      );
    });
  }

  interrupt(thread: WatchedThread): void {
    this.#follow('an interruption', async () => await thread.interrupt());
  }

  loadOlder(thread: WatchedThread): void {
    this.#follow('older turns', async () => await thread.loadOlder());
  }

  call(method: string, params: object): void {
    this.#follow(method, async () => await this.client.call(method, params));
  }

  /** Whatever is asked for ends, well or not. */
  #follow(what: string, ask: () => Promise<unknown>): void {
    const name = `${what} (${this.pending.size})`;
    this.pending.add(name);
    void ask().then(
      () => this.pending.delete(name),
      () => this.pending.delete(name),
    );
  }
}
