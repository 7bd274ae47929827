import { pino } from 'pino';
import { Broker } from '../../../broker/broker.js';
import type { RuntimeEvents, RuntimeLink } from '../../../broker/runtime/link.js';
import { FakeClock } from '../../sim/clock.js';
import { History } from '../../sim/history.js';
import type { Asked } from '../../sim/history.js';
import { sayLastWords, sayMore } from '../../sim/last-words.js';
import { openToMarks } from '../../sim/marks.js';
import { object, text } from '../../sim/message.js';
import type { Message } from '../../sim/message.js';
import { act } from '../../sim/runtime-speech.js';
import { storedThread } from '../../sim/runtime-thread.js';
import { Runtime } from '../../sim/runtime.js';
import { boundsOf } from '../../sim/setting.js';
import type { Setting } from '../../sim/setting.js';
import { quiet, Steps } from '../../sim/steps.js';
import { Verdict } from '../../sim/verdict.js';
import { MemoryStore } from '../../support/memory-store.js';

const log = pino({ level: 'silent' });
const nothing = (): void => {};

/**
 * A broker and the runtime of the simulation, without its clients: what each of those is told is held against the
 * history elsewhere. Here clients are users of the SDK, and what they hold in the end is.
 */
export class StoryWorld {
  readonly clock = new FakeClock();
  readonly steps = new Steps();
  readonly verdict = new Verdict();
  readonly history = new History(this.verdict);
  readonly runtime: Runtime;
  readonly broker: Broker;
  /** How often the runtime fails to start before it does. */
  startsToFail = 0;
  /** Nobody can reach the broker. */
  unreachable = false;
  /** The runtime takes its time for nothing any more, and says nothing more unasked. */
  calm = false;
  givenUp = false;
  /** Threads that the broker has let go of at some time, and with them what no runtime lists. */
  readonly letGo = new Set<string>();
  #asked = 0;

  constructor(setting: Setting) {
    this.runtime = new Runtime(this.history, this.steps, this.verdict, {
      spawned: nothing,
      answered: (pending, said) => sayMore(this.history, pending, said),
      handled: ({ id }) => {
        if (!this.calm && this.#isDrawn(setting.chatty, id)) act(this.runtime, id, id * 7, id * 31);
      },
      decided: (asked, answer) => decided(asked, answer),
      threadGone: (threadId) => {
        this.letGo.add(threadId);
        this.history.gone(threadId);
      },
      unsubscribed: ({ id }) => void this.letGo.add(id),
      dawdles: ({ method }) => {
        if (this.calm || method === 'initialize' || method === 'thread/loaded/list') return false;
        this.#asked += 1;
        return this.#isDrawn(setting.dawdling, this.#asked);
      },
      after: (ms, run) => void this.clock.after(ms, run),
      killed: () => {
        sayLastWords(this.history, this.runtime);
        this.runtime.end();
      },
      ponders: ({ openedAt }) => !this.calm && this.#isDrawn(setting.dawdling, openedAt),
      askers: nothing,
    });
    for (const [index, turns] of setting.turns.entries()) {
      const thread = storedThread(`stored${index}`, turns);
      this.runtime.threads.set(thread.id, thread);
      this.history.rebase(thread.id, thread.listed());
    }
    this.broker = new Broker({
      ...openToMarks(this.clock),
      startRuntime: (events) => this.#startRuntime(events),
      identity: { name: 'threadcast', version: '0', declare: [] },
      runtimeExited: () => void (this.givenUp = true),
      clock: this.clock,
      log,
      bounds: boundsOf(setting),
      openStore: async () => new MemoryStore(),
    });
  }

  async start(): Promise<void> {
    const started = this.broker.start();
    await this.steps.settle();
    await started;
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.clock.tick(until)) await quiet();
    await quiet();
  }

  /** The runtime dies, and fails so often to start again. */
  crash(failures: number): void {
    if (!this.runtime.alive) return;
    this.startsToFail = failures;
    sayLastWords(this.history, this.runtime);
    this.runtime.crash();
  }

  #startRuntime(events: RuntimeEvents): RuntimeLink {
    this.history.greetings = [];
    if (this.startsToFail === 0) return this.runtime.start(events);
    this.startsToFail -= 1;
    this.steps.schedule(() => events.exited({ summary: 'failed to start', stderr: [] }));
    return {
      label: 'a runtime that does not start',
      pendingBytes: 0,
      send: nothing,
      pause: nothing,
      resume: nothing,
      close: () => Promise.resolve(),
    };
  }

  /** One of the bits that a story draws for what happens again and again. */
  #isDrawn(bits: number, n: number): boolean {
    return ((bits >> (n % 8)) & 1) === 1;
  }
}

/** Clients say in their answers who they are. */
function decided(asked: Asked, { result, error }: Message): void {
  const by = text(result ?? object(error, 'data'), 'by');
  asked.by = by === '' ? null : by;
  asked.outcome = error === undefined ? 'answered' : 'refused';
}
