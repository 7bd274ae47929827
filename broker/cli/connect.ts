import { WebSocket } from 'ws';
import { FRAME_BYTES_MAX, HOLD_HIGH_BYTES } from '../../protocol/limits.js';
import { close } from '../../protocol/close.js';
import { subprotocols } from '../../protocol/wires.js';
import { systemClock } from '../clock.js';
import { LineReader } from '../framing/line-reader.js';
import type { StateDir } from '../ops/state-dir.js';
import { brokerAt, startedBroker } from './broker-address.js';
import type { BrokerAddress } from './broker-address.js';
import { openSocket } from './broker-client.js';
import { CommandError } from './exit.js';
import { say } from './output.js';
import { Relay } from './relay.js';

/** How long it is tried to reach the broker again, and how long is waited between two tries. */
const RECONNECT_MS_MAX = 10_000;
const RECONNECT_EVERY_MS = 100;

/**
 * stdin and stdout ⇄ a running broker, for editors that can only start a command: they speak app-server's own wire, and
 * the one behind it has positions, so that a connection that breaks is taken up where it was. Ends with stdin, or with
 * the broker.
 * @throws {CommandError} no broker there, the broker ended the connection, or something was missed
 */
export async function connect(stateDir: StateDir, url: string | undefined): Promise<void> {
  const target = url === undefined ? await startedBroker(stateDir) : brokerAt(url, stateDir);
  const relay = new Relay((line) => {
    if (!process.stdout.write(line)) current.pause();
  });
  let own = false;
  let current = await open(target, relay);
  const end = (): void => {
    own = true;
    current.close();
  };
  process.stdout.on('drain', () => current.resume());
  // Whoever read us is gone: so is the reason to run.
  process.stdout.on('error', end);
  process.stdin.once('end', end);
  pipeStdin(relay, () => current);
  for (;;) {
    const { code, reason } = await closed(current);
    if (own || code === 1000) return;
    if (relay.failure !== null) throw new CommandError(relay.failure);
    if (code >= 4000 && code !== close.slowConsumer.code) {
      throw new CommandError(`the broker closed the connection: ${code} ${reason}`.trimEnd());
    }
    say(
      `threadcast: the connection is lost (${code}${reason === '' ? '' : ` ${reason}`}); taking it up again`,
    );
    process.stdin.pause();
    current = await openAgain(target, relay);
    relay.whenCaughtUp(() => process.stdin.resume());
  }
}

async function open(broker: BrokerAddress, relay: Relay): Promise<WebSocket> {
  const socket = await openSocket(broker, subprotocols.json);
  relay.opened({
    send: (frame) => socket.send(frame, { binary: false }),
    close: () => socket.close(),
  });
  socket.on('message', (data: Buffer) => relay.received(data));
  return socket;
}

async function openAgain(broker: BrokerAddress, relay: Relay): Promise<WebSocket> {
  const giveUpAt = systemClock.now() + RECONNECT_MS_MAX;
  for (;;) {
    try {
      return await open(broker, relay);
    } catch (error) {
      if (systemClock.now() >= giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_EVERY_MS));
    }
  }
}

function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    socket.once('error', () => {});
  });
}

function pipeStdin(relay: Relay, socket: () => WebSocket): void {
  const lines = new LineReader(FRAME_BYTES_MAX, {
    line: (line) => {
      relay.said(line);
      if (socket().bufferedAmount > HOLD_HIGH_BYTES) waitForSocket();
    },
    tooLong: (bytes) =>
      say(`threadcast: a line of ${bytes} bytes is over the limit of ${FRAME_BYTES_MAX} and was dropped`),
  });
  const waitForSocket = (): void => {
    process.stdin.pause();
    const check = setInterval(() => {
      const { bufferedAmount, readyState } = socket();
      if (readyState === WebSocket.OPEN && bufferedAmount > HOLD_HIGH_BYTES) return;
      clearInterval(check);
      if (readyState === WebSocket.OPEN) process.stdin.resume();
    }, STDIN_CHECK_MS);
  };
  process.stdin.on('data', (chunk: Buffer) => lines.push(chunk));
}

/** How often it is looked whether a broker that does not keep up does again. */
const STDIN_CHECK_MS = 10;
