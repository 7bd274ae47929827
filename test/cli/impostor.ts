import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Test } from 'tap';
import { WebSocketServer } from 'ws';
import { StateDir } from '../../broker/ops/state-dir.js';

/**
 * Something that passes for a broker on that state dir, and says to each request what it is told to, as it is; to an
 * empty text it breaks off. What it is to `tell` all others has been received by them before that.
 */
export async function impostor(
  t: Test,
  folder: string,
  says: (method: string, id: number) => string,
  tell: (method: string) => string = () => '',
): Promise<void> {
  const stateDir = new StateDir(folder);
  const server = createServer().listen(stateDir.socketPath);
  const sockets = new WebSocketServer({ server });
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { method, id } = JSON.parse(data.toString()) as { method: string; id: number };
      const others = tell(method) === '' ? [] : [...sockets.clients].filter((other) => other !== socket);
      const told = others.map(async (other) => {
        other.send(tell(method));
        other.ping();
        await once(other, 'pong');
      });
      const answer = says(method, id);
      void Promise.all(told).then(() => {
        if (answer === '') socket.terminate();
        else socket.send(answer);
      });
    });
  });
  await once(server, 'listening');
  stateDir.announce([`unix://${stateDir.socketPath}`], null);
}
