import { UNRESOLVED_MS_MAX } from '../../protocol/limits.js';
import type { RuntimeEvents, RuntimeLink } from '../../broker/runtime/link.js';
import type { Asked, Entry, History } from './history.js';
import { text } from './message.js';
import type { Json, Message } from './message.js';
import { answers } from './runtime-answers.js';
import { resolve } from './runtime-speech.js';
import { RuntimeThread } from './runtime-thread.js';
import type { Pending, RuntimeWatch, Said } from './runtime-watch.js';
import type { Steps } from './steps.js';
import type { Verdict } from './verdict.js';

const SUB_AGENTS_MAX = 2;

/** The runtime, over all its lives: what it knows of threads, what it was asked, and what it says. */
export class Runtime {
  readonly threads = new Map<string, RuntimeThread>();
  readonly history: History;
  /** Requests that wait for their answer. */
  inbox: Pending[] = [];
  /** Client requests that were answered, by their marks. */
  readonly said = new Map<string, Said>();
  readonly #steps: Steps;
  readonly #verdict: Verdict;
  readonly #watch: RuntimeWatch;
  #events: RuntimeEvents | null = null;
  #initialized = false;
  #nextRequestId = 0;
  #open = new Map<number, Asked>();
  #threadCount = 0;
  #handling: Pending | null = null;
  /** Answered requests of its own that it has not said are resolved. */
  #undecided: Asked[] = [];

  constructor(history: History, steps: Steps, verdict: Verdict, watch: RuntimeWatch) {
    this.history = history;
    this.#steps = steps;
    this.#verdict = verdict;
    this.#watch = watch;
  }

  get alive(): boolean {
    return this.#events !== null;
  }
  /** Whether it may say something unasked. */
  get speaks(): boolean {
    return this.alive && this.#initialized;
  }

  /** The clients' requests that the broker has sent on and that are not answered. */
  inFlight(...methods: readonly string[]): Pending[] {
    return [this.#handling ?? [], ...this.inbox]
      .flat()
      .filter(({ method, mark }) => mark !== '' && methods.includes(method));
  }

  /** A new life. */
  start(events: RuntimeEvents): RuntimeLink {
    this.#events = events;
    [this.#initialized, this.#nextRequestId] = [false, 0];
    const { life } = this.history;
    return {
      label: `runtime ${life}`,
      pendingBytes: 0,
      send: (bytes) => {
        if (this.history.life === life && this.alive) this.#received(bytes);
      },
      pause: () => this.#verdict.fail('the runtime was paused, though no client is on stdio'),
      resume: () => {},
      close: () => {
        if (this.history.life === life && this.alive) this.#watch.killed();
        this.#steps.schedule(() => events.exited({ summary: 'closed', stderr: [] }));
        return Promise.resolve();
      },
    };
  }

  /** Its end, by itself. */
  crash(): void {
    const events = this.#events;
    this.end();
    events?.exited({ summary: 'killed', stderr: [] });
  }

  /** Its end. What was only in memory is gone. */
  end(): void {
    this.#events = null;
    this.inbox = [];
    this.#undecided = [];
    this.#open.clear();
    this.history.life += 1;
    for (const thread of this.threads.values()) {
      thread.unload();
      if (!thread.materialized) this.threads.delete(thread.id);
      else this.history.rebase(thread.id, thread.listed());
    }
  }

  /** Says an event. */
  event(method: string, params: Json, resolves?: Asked): Entry {
    const entry = this.history.event(method, params, resolves === undefined ? {} : { resolves });
    this.#hand(entry.line);
    return entry;
  }

  status(thread: RuntimeThread, type: string): void {
    const status = { type, ...(type === 'active' ? { activeFlags: [] } : {}) };
    this.event('thread/status/changed', { threadId: thread.id, status });
  }

  /** Asks the client. */
  ask(thread: RuntimeThread, method: string, params: Json): void {
    const { asked, line } = this.history.request(method, params, this.#nextRequestId);
    this.#nextRequestId += 1;
    if (asked === null) return;
    thread.open.add(asked);
    this.#open.set(asked.upstreamId, asked);
    if (asked.single) this.#watch.after(UNRESOLVED_MS_MAX, () => this.#givesUp(thread, asked));
    this.#hand(line);
  }

  /** It waits no longer for what it asks of one client, and does not say so. */
  #givesUp(thread: RuntimeThread, asked: Asked): void {
    if (thread.open.delete(asked)) asked.resolvedAt = this.history.now;
  }

  /** Says the open requests of a thread again, as every resume makes it do. */
  askAgain(thread: RuntimeThread): void {
    for (const { answeredAt, message } of thread.open) {
      if (answeredAt === null) this.#hand(JSON.stringify(message));
    }
  }

  /** A thread that nobody asked for; null when there are enough of them. */
  spawn(): RuntimeThread | null {
    const count = [...this.threads.keys()].filter((id) => id.startsWith('sub')).length;
    if (count >= SUB_AGENTS_MAX) return null;
    const thread = this.newThread('sub');
    this.#watch.spawned(thread.id);
    return thread;
  }

  newThread(kind: 'new' | 'sub', turns: RuntimeThread['turns'] = []): RuntimeThread {
    this.#threadCount += 1;
    const thread = new RuntimeThread(`${kind}${this.#threadCount}`);
    thread.loaded = true;
    thread.subscribed = true;
    thread.turns = turns;
    this.threads.set(thread.id, thread);
    this.history.rebase(thread.id, thread.listed());
    return thread;
  }

  threadGone(thread: RuntimeThread): void {
    this.#watch.threadGone(thread.id);
  }

  /** Somebody wants it to let the broker's one subscription go. */
  unsubscribed(thread: RuntimeThread, mark: string): void {
    if (mark !== '')
      this.#verdict.fail(`${mark} reached the runtime: it is the broker who is subscribed there`);
    this.#watch.unsubscribed(thread);
  }

  /** A notice for whoever has just asked for something of a certain kind. */
  noticeAskers(): void {
    this.#watch.askers();
    this.event('deprecationNotice', { summary: 'old', details: null });
  }

  /** Whether it has something to do that it takes its time for. */
  get idle(): boolean {
    return this.inbox.length + this.#undecided.length === 0;
  }

  /** Does one thing of those that wait, and says what. */
  work(k: number): string {
    const at = k % (this.inbox.length + this.#undecided.length);
    const [pending, asked] = [this.inbox[at], this.#undecided[at - this.inbox.length]];
    if (pending !== undefined) this.#handle(pending);
    else if (asked !== undefined) this.#goesOn(asked);
    return pending === undefined
      ? `goes on after ${asked?.openedAt}`
      : `answers ${pending.method} ${pending.mark}`;
  }

  /** Answers a request with a result, or with an error. */
  answer(pending: Pending, result: Json): void {
    const stamp = this.history.stamp();
    const said = { stamp, result: { ...result, saidAt: stamp } };
    this.#answered(pending, { id: pending.id, result: said.result }, said);
  }

  refuse(pending: Pending, message: string, code = -32600): void {
    const stamp = this.history.stamp();
    const error = { code, message, data: { saidAt: stamp } };
    this.#answered(pending, { id: pending.id, error }, { stamp, result: null });
  }

  #answered(pending: Pending, message: Message, said: Said): void {
    this.#handling = null;
    if (pending.mark !== '') this.said.set(pending.mark, said);
    this.#hand(JSON.stringify(message));
    this.#watch.answered(pending, said);
  }

  #hand(line: string): void {
    this.#events?.line(Buffer.from(line));
  }

  #received(bytes: Uint8Array): void {
    const message = JSON.parse(Buffer.from(bytes).toString('utf8')) as Message;
    if (message.method === 'initialized') this.#initialized = true;
    else if (message.method === undefined) this.#decided(message);
    else this.#asked(message, message.method);
  }

  #asked({ id, params = {} }: Message, method: string): void {
    const pending = { id: Number(id), method, params, mark: text(params, 'mark'), prepared: null };
    this.#verdict.check(
      !this.inbox.some((other) => other.id === pending.id),
      () => `two requests to the runtime have the id ${pending.id}`,
    );
    answers[method]?.arrived?.(this, pending);
    this.inbox.push(pending);
    if (!this.#watch.dawdles(pending)) this.#steps.schedule(() => this.#handle(pending));
  }

  #handle(pending: Pending): void {
    if (!this.inbox.includes(pending)) return;
    this.inbox = this.inbox.filter((each) => each !== pending);
    this.#handling = pending;
    const answer = answers[pending.method];
    if (answer === undefined) this.refuse(pending, `Invalid request: unknown variant \`${pending.method}\``);
    else answer.answer(this, pending);
    this.#watch.handled(pending);
  }

  #decided(message: Message): void {
    const asked = this.#open.get(Number(message.id));
    if (asked === undefined) {
      this.#verdict.fail(`the runtime got an answer to ${String(message.id)}, which it never asked`);
      return;
    }
    this.#verdict.check(
      asked.answeredAt === null,
      () => `the runtime got a second answer to ${asked.upstreamId}: ${JSON.stringify(message)}`,
    );
    asked.answeredAt = this.history.now;
    this.#watch.decided(asked, message);
    // Of what it asks of one client it never says that it is resolved, as the real server; nor of what nobody can answer.
    if (asked.single) {
      this.threads.get(asked.threadId)?.open.delete(asked);
      asked.resolvedAt = asked.answeredAt;
      return;
    }
    this.#undecided.push(asked);
    if (!this.#watch.ponders(asked)) this.#steps.schedule(() => this.#goesOn(asked));
  }

  /** It has made something of an answer. */
  #goesOn(asked: Asked): void {
    const thread = this.threads.get(asked.threadId);
    this.#undecided = this.#undecided.filter((each) => each !== asked);
    if (thread !== undefined && this.history.life === asked.life) resolve(this, thread, asked);
  }
}
