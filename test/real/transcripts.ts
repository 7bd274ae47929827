import { member, type Json } from '../codex/json.js';
import type { Client } from '../conformance/client.js';

/** All that the client received, in order. */
export function received({ transcript }: Client): readonly Json[] {
  return transcript.filter(({ direction }) => direction === 'received').map(({ body }) => body);
}

/** What subscribers of that thread, and nobody else, get of its turns, its items and what it asks. */
export function eventsOf(client: Client, threadId: string): readonly Json[] {
  return received(client).filter(
    (body) =>
      /^(turn|item|serverRequest)\//.test(textAt(body, 'method')) &&
      member(body, 'params', 'threadId') === threadId,
  );
}

/** The same, of one turn. */
export function eventsOfTurn(client: Client, threadId: string, turnId: string): readonly Json[] {
  return eventsOf(client, threadId).filter(
    (body) => (member(body, 'params', 'turnId') ?? member(body, 'params', 'turn', 'id')) === turnId,
  );
}

/** The method of each, and of which type the item is that it is about. */
export function kinds(events: readonly Json[]): readonly string[] {
  return events.map((event) =>
    `${textAt(event, 'method')} ${textAt(event, 'params', 'item', 'type')}`.trim(),
  );
}

function textAt(body: Json, ...path: readonly string[]): string {
  const found = member(body, ...path);
  return typeof found === 'string' ? found : '';
}
