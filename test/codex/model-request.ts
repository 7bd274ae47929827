import type { IncomingHttpHeaders } from 'node:http';
import { isList, member, type Json } from './json.js';

/** What a script may want to know of one request of Codex to its model. */
export interface ModelRequest {
  readonly threadId: string;
  /** The last text of the user. */
  readonly text: string;
  /** The output of the tool that was called, when that is what the model is to go on from; else null. */
  readonly output: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

/** Reads a request of the Responses API. */
export function readRequest(headers: IncomingHttpHeaders, body: Json): ModelRequest {
  const input = member(body, 'input');
  const items = isList(input) ? input : [];
  const last = items.at(-1) ?? null;
  const type = member(last, 'type');
  const isOutput = typeof type === 'string' && type.endsWith('_output');
  const user = items.findLast((item) => member(item, 'role') === 'user') ?? null;
  return {
    threadId: String(headers['thread-id']),
    text: textOf(member(user, 'content')),
    output: isOutput ? textOf(member(last, 'output')) : null,
    headers,
    body,
  };
}

function textOf(content: Json | undefined): string {
  if (isList(content)) return content.map((part) => textOf(member(part, 'text'))).join('');
  return typeof content === 'string' ? content : '';
}
