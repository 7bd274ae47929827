import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A TCP connection to a broker that a test can cut: what is accepted here goes on to there. */
export class CuttableWire {
  readonly #server: Server;
  readonly #there: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor({ hostname, port }: URL) {
    this.#there = { host: hostname, port: Number(port) };
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** Leads to `ws://HOST:PORT`. */
  static async to(t: Test, url: string): Promise<CuttableWire> {
    const wire = new CuttableWire(new URL(url));
    t.teardown(() => wire.cut());
    await wire.mend();
    return wire;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Breaks what is connected, and refuses whoever comes. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets connections through again. */
  async mend(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #join(here: Socket): void {
    const there = connect(this.#there);
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
