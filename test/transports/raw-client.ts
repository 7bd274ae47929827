import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';

/** A client without manners: a socket that writes whatever bytes a test wants. */
export class RawClient {
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #check: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#check();
    });
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects to `ws://HOST:PORT`, `wss://HOST:PORT` (whatever certificate is shown) or `unix://PATH`. */
  static async connect(url: string): Promise<RawClient> {
    const { hostname: host, port, pathname } = new URL(url);
    if (url.startsWith('wss:')) {
      const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return new RawClient(socket);
    }
    const socket = url.startsWith('unix:') ? connect(pathname) : connect(Number(port), host);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** The SHA-256 of the certificate that the server has shown. */
  get certificate(): string {
    if (!(this.#socket instanceof TLSSocket)) throw new Error('no TLS');
    return this.#socket.getPeerCertificate().fingerprint256;
  }

  /** Makes it a WebSocket. */
  async upgrade(): Promise<void> {
    this.write(upgradeRequest());
    const answer = await this.readThrough('\r\n\r\n');
    if (!answer.startsWith('HTTP/1.1 101')) throw new Error(answer);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** What has come, one character a byte, up to and with `mark`. */
  readThrough(mark: string | Buffer): Promise<string> {
    const bytes = Buffer.from(mark);
    return new Promise((resolve) => {
      this.#check = () => {
        const at = this.#received.indexOf(bytes);
        if (at === -1) return;
        this.#check = () => {};
        const end = at + bytes.length;
        const read = this.#received.toString('latin1', 0, end);
        this.#received = this.#received.subarray(end);
        resolve(read);
      };
      this.#check();
    });
  }

  stall(): void {
    this.#socket.pause();
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** What has come and was not read, one character a byte. */
  get unread(): string {
    return this.#received.toString('latin1');
  }

  /** Ends it so that whoever writes to it is told at once. */
  reset(): void {
    const isPlainTcp = this.#socket.remoteAddress !== undefined && !(this.#socket instanceof TLSSocket);
    // Other wires have no way to do so.
    if (isPlainTcp) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  vanish(): void {
    this.#socket.destroy();
  }
}

/** The head of an upgrade request; `lines` come on top. */
export function upgradeRequest(...lines: string[]): string {
  return [
    'GET / HTTP/1.1',
    'host: localhost',
    'upgrade: websocket',
    'connection: Upgrade',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
    '\r\n',
  ].join('\r\n');
}

/** A client's frame, its mask all zeros. `claimed`: the length it says, where that is not its own. */
export function clientFrame(opcode: number, payload: Uint8Array, claimed = payload.length): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(claimed), 2);
  if (claimed > 125) return Buffer.concat([header, payload]);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | claimed, 0, 0, 0, 0]), payload]);
}
