import { WebSocket } from 'ws';
import { FRAME_BYTES_MAX, HOLD_HIGH_BYTES } from '../../protocol/limits.js';
import { LineReader } from '../framing/line-reader.js';
import type { StateDir } from '../ops/state-dir.js';
import { openSocket, runningUrl } from './broker-client.js';
import { CommandError } from './exit.js';
import { say } from './output.js';

/**
 * stdin and stdout ⇄ a running broker, for editors that can only start a command. Ends with stdin, or with the
 * broker's connection.
 * @throws {CommandError} no broker there, or the broker ended the connection
 */
export async function connect(stateDir: StateDir, url: string | undefined): Promise<void> {
  const socket = await openSocket(url ?? runningUrl(stateDir));
  pipeStdin(socket);
  socket.on('message', (data: Buffer) => {
    process.stdout.write(data);
    // A reader of ours that is slow makes the broker's socket to us full: it is the broker that decides then.
    if (!process.stdout.write('\n')) socket.pause();
  });
  process.stdout.on('drain', () => socket.resume());
  // Whoever read us is gone: so is the reason to run.
  process.stdout.on('error', () => socket.close());
  await new Promise<void>((resolve, reject) => {
    let own = false;
    process.stdin.once('end', () => {
      own = true;
      socket.close();
    });
    socket.on('close', (code, reason) => {
      if (own || code === 1000) resolve();
      else
        reject(
          new CommandError(`the broker closed the connection: ${code} ${reason.toString('utf8')}`.trimEnd()),
        );
    });
  });
}

function pipeStdin(socket: WebSocket): void {
  const lines = new LineReader(FRAME_BYTES_MAX, {
    line: (line) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(line, { binary: false }, () => resumeBelowMark());
      if (socket.bufferedAmount > HOLD_HIGH_BYTES) process.stdin.pause();
    },
    tooLong: (bytes) =>
      say(`threadcast: a line of ${bytes} bytes is over the limit of ${FRAME_BYTES_MAX} and was dropped`),
  });
  const resumeBelowMark = (): void => {
    if (socket.bufferedAmount <= HOLD_HIGH_BYTES) process.stdin.resume();
  };
  process.stdin.on('data', (chunk: Buffer) => lines.push(chunk));
}
