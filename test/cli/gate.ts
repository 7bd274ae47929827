import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { tempDir } from './broker.js';

/** Keeps a fake runtime from answering `initialize` until the test lets it pass. */
export class Gate {
  /** For the fake runtime. */
  readonly option: string;
  /** The runtime has been asked, and waits. */
  readonly reached: Promise<unknown>;
  #waiting: Socket | null = null;

  private constructor(path: string, server: ReturnType<typeof createServer>) {
    this.option = `--wait=${path}`;
    this.reached = once(server, 'connection');
    server.on('connection', (socket: Socket) => (this.#waiting = socket.on('error', () => {})));
  }

  static async open(t: Test): Promise<Gate> {
    const path = join(tempDir(t), 'gate');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const gate = new Gate(path, server);
    t.teardown(() => {
      gate.pass();
      server.close();
    });
    return gate;
  }

  pass(): void {
    this.#waiting?.end();
  }
}
