import { RawClient } from '../transports/raw-client.js';

/** A header a line, in the order in which they are written. */
export type Lines = readonly string[];

export const UPGRADE: Lines = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** What one request was answered. */
export interface Answered {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
}

export function head(line: string, ...lines: Lines): string {
  return [`${line} HTTP/1.1`, ...lines, '\r\n'].join('\r\n');
}

/** Writes bytes on a connection of their own, as nothing but a socket would. */
export async function answerTo(url: string, bytes: string | Uint8Array): Promise<Answered> {
  const client = await RawClient.connect(url);
  client.write(bytes);
  const read = await Promise.race([client.readThrough('\r\n\r\n'), client.ended.then(() => '')]);
  client.vanish();
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(read)?.[1] ?? 0), head: read };
}

/** The status of an answer. */
export async function statusOf(url: string, line: string, ...lines: Lines): Promise<number> {
  return (await answerTo(url, head(line, ...lines))).status;
}
