import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { webSocketUrl } from '../broker/runtime/socket.js';

/** One side of a JSON-RPC wire that asks. */
export interface Peer {
  call(method: string, params: object): Promise<unknown>;
  close(): void;
}

type Settle = (result: unknown) => void;

/** Asks over any wire that sends and receives texts. */
function asker(
  send: (text: string) => void,
  close: () => void,
): { peer: Peer; received: (text: string) => void } {
  const waiting = new Map<number, Settle>();
  let lastId = 0;
  return {
    received(text) {
      const message = JSON.parse(text) as { id?: number; method?: string; result?: unknown; error?: unknown };
      if (message.id === undefined || message.method !== undefined) return;
      if (message.error !== undefined) throw new Error(JSON.stringify(message.error));
      waiting.get(message.id)?.(message.result);
      waiting.delete(message.id);
    },
    peer: {
      call(method, params) {
        lastId += 1;
        const id = lastId;
        send(JSON.stringify({ id, method, params }));
        return new Promise((resolve) => waiting.set(id, resolve));
      },
      close,
    },
  };
}

async function initialized(peer: Peer): Promise<Peer> {
  await peer.call('initialize', {
    clientInfo: { name: 'bench', title: null, version: '0' },
    capabilities: null,
  });
  return peer;
}

/** A runtime of its own, asked directly over its pipes. */
export function childPeer(command: string, args: readonly string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const { peer, received } = asker(
    (text) => child.stdin.write(`${text}\n`),
    () => child.stdin.end(),
  );
  createInterface(child.stdout).on('line', received);
  return initialized(peer);
}

/** A client of a broker. */
export async function socketPeer(url: string): Promise<Peer> {
  const socket = new WebSocket(webSocketUrl(url), { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const { peer, received } = asker(
    (text) => socket.send(text),
    () => socket.close(),
  );
  socket.on('message', (data: Buffer) => received(data.toString('utf8')));
  return initialized(peer);
}
