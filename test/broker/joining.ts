import { settled } from '../support/in-memory.js';
import type { InMemory, MemoryClient, Message } from '../support/in-memory.js';

export const V1 = { experimentalApi: true };

interface Joined {
  readonly epoch: string;
  readonly seq: number;
  readonly recovered: boolean;
  readonly snapshot: { readonly thread: { readonly turns: readonly { readonly id: string }[] } } | null;
}

/** A v1 client, and somebody else who is subscribed to t1. */
export async function beside(memory: InMemory): Promise<{ client: MemoryClient; other: MemoryClient }> {
  const other = await memory.subscriber('t1', V1, 'json');
  memory.runtime.received.length = 0;
  return { other, client: await memory.client(V1, 'json') };
}

/** The runtime answers what it is asked for a snapshot. */
export async function answerTurns(memory: InMemory, ...turns: readonly object[]): Promise<void> {
  memory.runtime.answer('thread/turns/list', { data: turns, nextCursor: null, backwardsCursor: null });
  await settled();
}

/** It answers its newest request of this method with an error. */
export async function refuse(memory: InMemory, method: string, message: string): Promise<void> {
  memory.runtime.say({ id: memory.runtime.last(method).id, error: { code: -32600, message } });
  await settled();
}

/** What it was asked for. */
export const asked = (memory: InMemory): (string | undefined)[] =>
  memory.runtime.received.map(({ method }) => method);
/** The result of a join. */
export const resultOf = (client: MemoryClient, id: Message['id']): Joined =>
  client.answerTo(id)?.result as Joined;
