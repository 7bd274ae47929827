import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { tempDir } from './broker.js';

/** Keeps a fake runtime from answering `initialize` until the test lets it pass. */
export class Gate {
  /** For the fake runtime. */
  readonly option: string;
  /** The runtime has been asked, and waits. */
  readonly reached: Promise<unknown>;
  readonly #server: Server;
  #waiting: Socket | null = null;

  private constructor(path: string, server: Server) {
    this.option = `--wait=${path}`;
    this.#server = server;
    this.reached = this.reachedAgain();
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

  /** The next runtime from here on has been asked, and waits. */
  reachedAgain(): Promise<unknown> {
    return once(this.#server, 'connection');
  }

  pass(): void {
    this.#waiting?.end();
  }
}
