import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { isList, type Json, member, parse } from '../codex/json.js';

/** One output item of the model's answer, as the events that stream it. */
export type Output = readonly { readonly type: string; readonly [member: string]: unknown }[];

/** What the model answers: outputs, or an HTTP status for a refusal. */
export type Script = (asked: Asked) => readonly Output[] | number;

export interface Asked {
  /** What the user said last; a server tells of the end of sub-agents as if it were a user, which does not count. */
  readonly text: string;
  /** What tools have given, as JSON. */
  readonly outputs: readonly string[];
  /** Whether the model has said something about it. */
  readonly answered: boolean;
}

const done = (item: object): Output[number] => ({ type: 'response.output_item.done', output_index: 0, item });
const added = (item: object): Output[number] => ({
  type: 'response.output_item.added',
  output_index: 0,
  item,
});

let lastId = 0;
function nextId(prefix: string): string {
  lastId += 1;
  return `${prefix}_${lastId}`;
}

export function message(...words: readonly string[]): Output {
  const id = nextId('msg');
  const item = { type: 'message', id, role: 'assistant' };
  const delta = { type: 'response.output_text.delta', item_id: id, output_index: 0, content_index: 0 };
  const content = [{ type: 'output_text', text: words.join('') }];
  return [
    added({ ...item, content: [] }),
    ...words.map((word) => ({ ...delta, delta: word })),
    done({ ...item, content }),
  ];
}

export function reasoning(...parts: readonly string[]): Output {
  const id = nextId('rs');
  const where = { item_id: id, output_index: 0 };
  const summary = parts.map((text) => ({ type: 'summary_text', text }));
  const events = parts.flatMap((delta, index) => [
    { type: 'response.reasoning_summary_part.added', ...where, summary_index: index },
    { type: 'response.reasoning_summary_text.delta', ...where, summary_index: index, delta },
  ]);
  const item = { type: 'reasoning', id, content: null, encrypted_content: 'x' };
  return [added({ type: 'reasoning', id, summary: [], content: [] }), ...events, done({ ...item, summary })];
}

export function call(name: string, args: object, namespace?: string): Output {
  const ids = { id: nextId('fc'), call_id: nextId('call') };
  return [done({ type: 'function_call', ...ids, name, arguments: JSON.stringify(args), namespace })];
}

export function patch(input: string): Output {
  const item = { type: 'custom_tool_call', id: nextId('ctc'), call_id: nextId('call'), name: 'apply_patch' };
  const where = { item_id: item.id, call_id: item.call_id, output_index: 0 };
  const delta = { type: 'response.custom_tool_call_input.delta', ...where, delta: input };
  return [added({ ...item, input: '' }), delta, done({ ...item, input })];
}

/** A model server in this process, for a real Codex: nothing is timed, everything is scripted. */
export async function startModel(script: Script): Promise<Server> {
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      if (request.url?.endsWith('/responses') === true) answer(parse(body), script, response);
      else response.setHeader('content-type', 'application/json').end('{"object":"list","data":[]}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}

function answer(body: Json, script: Script, response: ServerResponse): void {
  const input = member(body, 'input');
  const outputs = script(asked(isList(input) ? input : []));
  if (typeof outputs === 'number') {
    response.writeHead(outputs, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (event: { readonly type: string }): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const id = nextId('resp');
  const tokens = {
    input_tokens: 10,
    input_tokens_details: null,
    output_tokens: 5,
    output_tokens_details: null,
  };
  send({ type: 'response.created', response: { id } } as { type: string });
  for (const event of outputs.flat()) send(event);
  const completed = { id, usage: { ...tokens, total_tokens: 15 } };
  send({ type: 'response.completed', response: completed } as { type: string });
  response.end();
}

function asked(items: readonly Json[]): Asked {
  const isOutput = (item: Json): boolean => JSON.stringify(member(item, 'type') ?? '').endsWith('_output"');
  const isUser = (item: Json): boolean =>
    member(item, 'role') === 'user' && !textOf(item).startsWith('<subagent_notification>');
  const last = items.findLastIndex((item) => isOutput(item) || isUser(item));
  return {
    text: textOf(items.findLast(isUser) ?? null),
    outputs: items.filter(isOutput).map((item) => JSON.stringify(item)),
    answered: items.slice(last).some((item) => member(item, 'role') === 'assistant'),
  };
}

function textOf(item: Json): string {
  const content = member(item, 'content');
  const texts = isList(content) ? content.map((part) => member(part, 'text')) : [];
  return texts.filter((text) => typeof text === 'string').join('');
}
