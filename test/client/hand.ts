import type { Test } from 'tap';
import { connect } from '../../client/index.js';
import type { Client, ConnectOptions, SocketLike, WatchedThread } from '../../client/index.js';
import { FakeClock } from '../sim/clock.js';
import { quiet } from '../sim/steps.js';

export interface Said {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A socket at whose other end the test is. */
export class HandSocket implements SocketLike {
  binaryType = 'blob';
  protocol = 'threadcast.v1.json';
  readonly bufferedAmount = 0;
  readonly offered: readonly string[];
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** What the client has sent. */
  readonly sent: Said[] = [];
  closed = false;

  constructor(offered: readonly string[]) {
    this.offered = offered;
  }

  send(frame: string | Uint8Array): void {
    this.sent.push(JSON.parse(String(frame)) as Said);
  }

  close(): void {
    this.closed = true;
  }

  /** The newest request of that method. */
  asked(method: string): Said {
    const found = this.sent.findLast((each) => each.method === method);
    if (found === undefined) throw new Error(`the client has not sent ${method}`);
    return found;
  }

  count(method: string): number {
    return this.sent.filter((each) => each.method === method).length;
  }

  /** Says messages, or frames as they are. */
  says(...messages: readonly (object | string)[]): void {
    for (const each of messages)
      this.onmessage?.({ data: typeof each === 'string' ? each : JSON.stringify(each) });
  }

  /** Answers the newest request of that method. */
  answers(method: string, result: unknown): void {
    this.says({ id: this.asked(method).id, result });
  }

  refuses(method: string, reason: string, code = -32600): void {
    this.says({ id: this.asked(method).id, error: { code, message: `it is ${reason}`, data: { reason } } });
  }

  /** It opens, and the broker takes the client in. */
  greets(lobby: object = { epoch: 'L', seq: 0, recovered: false }, more: object = {}): void {
    this.onopen?.();
    const threadcast = {
      version: 1,
      broker: 'b/1',
      connectionId: 'c1',
      role: 'controller',
      lobby,
      previous: null,
    };
    this.answers('initialize', { threadcast: { ...threadcast, ...more } });
  }

  ends(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}

export interface Hand {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly sockets: HandSocket[];
  /** The newest socket. */
  readonly socket: HandSocket;
  /** Something of the platform makes another try worth while, or a doubt. */
  wake(what: 'retry' | 'doubt'): void;
  /** The wire is cut, and another one is there, greeted like this. */
  comesBack(lobby?: object, more?: object): HandSocket;
}

/** A client whose broker is the test, on a clock that stands still. */
export function byHand(t: Test, options: Partial<ConnectOptions> = {}): Hand {
  const clock = new FakeClock();
  const sockets: HandSocket[] = [];
  const newest = (): HandSocket => {
    const found = sockets.at(-1);
    if (found === undefined) throw new Error('no socket was made');
    return found;
  };
  let wake: (what: 'retry' | 'doubt') => void = () => {};
  const client = connect({
    url: 'ws://hand',
    clientInfo: { name: 'sdk', version: '1' },
    clock,
    random: () => 0.5,
    wakeup: (tell) => {
      wake = tell;
      return () => {};
    },
    fetch: async () => await Promise.reject(new Error('no network')),
    socket: (_, offered) => {
      const made = new HandSocket(offered);
      sockets.push(made);
      return made;
    },
    ...options,
  });
  t.teardown(() => client.close());
  return {
    client,
    clock,
    sockets,
    get socket() {
      return newest();
    },
    wake: (what) => wake(what),
    comesBack(lobby = { epoch: 'L', seq: 0, recovered: true }, more = { connectionId: 'c2' }) {
      newest().ends();
      client.retryNow();
      newest().greets(lobby, more);
      return newest();
    },
  };
}

/** A turn as it is listed. */
export const turnOf = (
  id: string,
  status = 'completed',
  ...items: readonly object[]
): Readonly<Record<string, unknown>> => ({
  id,
  status,
  items,
  error: null,
});
export const message = (id: string, text: string, more: object = {}): object => ({
  type: 'agentMessage',
  id,
  text,
  ...more,
});

/** The result of a join with a snapshot. */
export const snapshot = (seq: number, turns: readonly object[], more: object = {}): object => ({
  threadId: 't1',
  epoch: 'E',
  seq,
  recovered: false,
  snapshot: { thread: { id: 't1', name: null, turns }, initialTurnsPage: { nextCursor: null }, ...more },
  pendingRequests: [],
});
/** That of one which has come back to its place. */
export const recovered = (seq: number, pendingRequests: readonly object[] = []): object => ({
  threadId: 't1',
  epoch: 'E',
  seq,
  recovered: true,
  snapshot: null,
  pendingRequests,
});

const params = { threadId: 't1', turnId: 'a' };
/** An entry of the thread's log. */
export const entry = (seq: number, method: string, more: object = {}): object => ({
  log: 't1',
  seq,
  method,
  params: { ...params, ...more },
});
export const delta = (seq: number, text: string): object =>
  entry(seq, 'item/agentMessage/delta', { itemId: 'i', delta: text });

/** A turn that runs, with a message in progress. */
export const running = (text = ''): object =>
  turnOf('a', 'inProgress', message('i', text, { threadcast: { inProgress: true } }));

/** Somebody who watches a thread in which a message is on its way: at 10, `one`. */
export function watching(
  t: Test,
  options: Partial<ConnectOptions> = {},
): Hand & { readonly thread: WatchedThread } {
  const hand = byHand(t, options);
  hand.socket.greets();
  const thread = hand.client.watch('t1');
  hand.socket.answers('broker/thread/join', snapshot(10, [running('one')]));
  return Object.defineProperty(hand as Hand & { thread: WatchedThread }, 'thread', { value: thread });
}

/** The text of the message that is on its way. */
export function textOf(thread: WatchedThread): unknown {
  const item = thread.state.turns.at(-1)?.items[0]?.item;
  return item !== undefined && 'text' in item ? item.text : undefined;
}

/** All promises that can settle have. */
export { quiet };
