import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Test } from 'tap';
import { startChild } from '../../broker/runtime/child.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from '../../broker/runtime/link.js';
import { Inbox } from '../support/inbox.js';

/** What a runtime says over its link, and its end. */
export class Watched implements RuntimeEvents {
  readonly lines = new Inbox<string>('the runtime');
  readonly tooLong: number[] = [];
  readonly exits: RuntimeExit[] = [];
  readonly gone: Promise<RuntimeExit>;
  #gone: (exit: RuntimeExit) => void = () => {};

  constructor() {
    this.gone = new Promise((resolve) => (this.#gone = resolve));
  }

  line(line: Buffer): void {
    this.lines.push(line.toString('latin1'));
  }

  lineTooLong(bytes: number): void {
    this.tooLong.push(bytes);
  }

  exited(exit: RuntimeExit): void {
    this.exits.push(exit);
    this.#gone(exit);
  }

  /** The next line. */
  next(): Promise<string> {
    return this.lines.take('a line', () => true);
  }
}

/** A log whose messages a test can wait for. */
export function watchedLog(): { log: Logger; messages: Inbox<string> } {
  const messages = new Inbox<string>('the log');
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      messages.push((JSON.parse(chunk.toString('utf8')) as { msg: string }).msg);
      done();
    },
  });
  return { log: pino({ level: 'debug' }, stream), messages };
}

export interface WatchedChild {
  readonly link: RuntimeLink;
  readonly runtime: Watched;
  /** What it says on stderr, as it comes to the log. */
  readonly messages: Inbox<string>;
}

/** A runtime that is this shell script. It is gone after the test. */
export function shellRuntime(t: Test, script: string): WatchedChild {
  const runtime = new Watched();
  const { log, messages } = watchedLog();
  const link = startChild({ command: '/bin/sh', args: ['-c', script], label: 'fake' }, runtime, log);
  t.teardown(() => link.close());
  return { link, runtime, messages };
}
