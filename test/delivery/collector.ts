import type { Test } from 'tap';
import type { Wire } from '../../protocol/wires.js';
import { inTime } from '../support/deadline.js';
import { WireClient } from './wire-client.js';

/** Where a frame says what it is. */
const HEAD_BYTES = 200;

/** A client that keeps every frame of a turn as it came: those of one wire are the same, byte for byte. */
export class Collector {
  readonly client: WireClient;
  /** All that came since the last `takeTurn`. */
  frames: Buffer[] = [];
  /** Called with each frame that has come. */
  onFrame: () => void = () => {};
  #turnEnds = 0;
  #onTurnEnd: () => void = () => {};

  private constructor(client: WireClient) {
    this.client = client;
    client.onFrame = (frame) => this.#take(frame);
  }

  /** A client that is subscribed to that thread. */
  static async join(
    t: Test,
    url: string,
    { name, wire, threadId }: { name: string; wire: Wire; threadId: string },
  ): Promise<Collector> {
    const client = await WireClient.connect(t, url, { name, wire });
    await client.call('thread/resume', { threadId, excludeTurns: true });
    return new Collector(client);
  }

  /** Whether the end of a turn has come that nobody has taken. */
  get hasTurn(): boolean {
    return this.#turnEnds > 0;
  }

  /** All that came of a turn, from its start to its end, once it has. */
  async takeTurn(): Promise<readonly Buffer[]> {
    const end = new Promise<void>((resolve) => {
      this.#onTurnEnd = resolve;
    });
    if (!this.hasTurn) {
      const broken = this.client.ended.then(({ code }) => {
        throw new Error(`a ${this.client.wire} client was cut off (${code})`);
      });
      await inTime(
        Promise.race([end, broken]),
        () => `the end of the turn; ${this.frames.length} frames came`,
      );
    }
    this.#turnEnds -= 1;
    const { frames } = this;
    this.frames = [];
    return frames.slice(frames.findIndex((frame) => says(frame, 'turn/started')));
  }

  #take(frame: Buffer): void {
    this.frames.push(frame);
    if (says(frame, 'turn/completed')) {
      this.#turnEnds += 1;
      this.#onTurnEnd();
    }
    this.onFrame();
  }
}

/** How many deltas there are among these frames. */
export function deltasAmong(frames: readonly Buffer[]): number {
  return frames.filter((frame) => says(frame, 'item/agentMessage/delta')).length;
}

export function bytesOf(frames: readonly Buffer[]): number {
  return frames.reduce((bytes, frame) => bytes + frame.length, 0);
}

/** Whether these are the same frames. */
export function areSame(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return (
    some.length === others.length &&
    some.every((frame, at) => others[at] !== undefined && frame.equals(others[at]))
  );
}

function says(frame: Buffer, method: string): boolean {
  return frame.subarray(0, HEAD_BYTES).includes(method);
}
