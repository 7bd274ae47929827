import type { Json, JsonObject } from '../../../codex/json.js';
import type { Client } from '../../client.js';

/** A method and its params. */
export type Call = readonly [method: string, params: Json];

/** These calls, one after the other, each of which is to give a result. */
export async function calls(client: Client, all: readonly Call[]): Promise<void> {
  for (const [method, params] of all) await client.call(method, params);
}

/** These calls, one after the other, each of which is to fail. */
export async function refusals(client: Client, all: readonly Call[]): Promise<void> {
  for (const [method, params] of all) await client.refused(method, params);
}

/** The params of `command/exec` that runs a shell script, outside any sandbox. */
export function shell(script: string, more: JsonObject = {}): JsonObject {
  return { command: ['sh', '-c', script], sandboxPolicy: { type: 'dangerFullAccess' }, ...more };
}

/** How input and output go over the wire. */
export function base64(characters: string): string {
  return Buffer.from(characters).toString('base64');
}

/** Each of these clients gets the next notification of that method. */
export async function told(clients: readonly Client[], method: string): Promise<void> {
  for (const client of clients) await client.notification(method);
}
