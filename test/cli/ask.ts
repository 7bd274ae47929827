import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** The headers of a WebSocket upgrade. */
export const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** One HTTP request to a broker that listens on `ws://HOST:PORT` or `unix://PATH`. An upgrade that succeeds is 101. */
export function ask(
  url: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const options: RequestOptions = { ...target(url), path, method, headers, agent: false };
  return new Promise((resolve, reject) => {
    const asked = request(options);
    asked.on('response', (response) => resolve(replyOf(response)));
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, body: '' });
    });
    asked.on('error', reject);
    asked.end();
  });
}

function target(url: string): RequestOptions {
  const { hostname, port, pathname } = new URL(url);
  return url.startsWith('unix:') ? { socketPath: pathname } : { host: hostname, port };
}

async function replyOf(response: IncomingMessage): Promise<Reply> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}
