import type { ServerResponse } from 'node:http';
import type { ModelRequest } from './model-request.js';

const USAGE = {
  input_tokens: 10,
  input_tokens_details: null,
  output_tokens: 5,
  output_tokens_details: null,
  total_tokens: 15,
};

/** One answer of the model, streamed as server-sent events when its owner says so. */
export class ModelTurn {
  readonly request: ModelRequest;
  readonly #number: number;
  readonly #response: ServerResponse;
  #items = 0;
  #open: { readonly id: string; text: string } | null = null;

  /** `number` tells this thread's turns apart: item and call ids are made from it. */
  constructor(
    request: ModelRequest,
    number: number,
    response: ServerResponse,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.request = request;
    this.#number = number;
    this.#response = response;
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    this.event('response.created', { response: { id: this.#responseId } });
  }

  /** Streams one delta a word, all of them in one message until something else is done. */
  say(...words: readonly string[]): void {
    const message = this.#open ?? this.#openMessage();
    for (const delta of words) {
      message.text += delta;
      this.event('response.output_text.delta', {
        item_id: message.id,
        output_index: 0,
        content_index: 0,
        delta,
      });
    }
  }

  /** A whole reasoning item with one summary, a delta a word. */
  think(...words: readonly string[]): void {
    this.#closeMessage();
    const id = this.#nextId('rs');
    this.event('response.output_item.added', {
      output_index: 0,
      item: { type: 'reasoning', id, summary: [] },
    });
    this.event('response.reasoning_summary_part.added', { item_id: id, summary_index: 0 });
    for (const delta of words) {
      this.event('response.reasoning_summary_text.delta', {
        item_id: id,
        output_index: 0,
        summary_index: 0,
        delta,
      });
    }
    const summary = [{ type: 'summary_text', text: words.join('') }];
    this.event('response.output_item.done', { output_index: 0, item: { type: 'reasoning', id, summary } });
  }

  /** Runs a command outside the sandbox: somebody is asked for approval. */
  run(cmd: string): void {
    const justification = `to ${cmd}`;
    this.call('exec_command', { cmd, sandbox_permissions: 'require_escalated', justification });
  }

  /** Starts a sub-agent; the tool's output holds its `agent_id`. Needs the feature `multi_agent`. */
  spawnAgent(message: string): void {
    this.call('spawn_agent', { message, agent_type: 'default' }, 'multi_agent_v1');
  }

  /** Goes on when that sub-agent has ended. */
  waitForAgent(agentId: string): void {
    this.call('wait_agent', { targets: [agentId], timeout_ms: 3_600_000 }, 'multi_agent_v1');
  }

  /** A whole reasoning item with no summary, its own text in a delta a word. */
  thinkAloud(...words: readonly string[]): void {
    this.#closeMessage();
    const id = this.#nextId('rs');
    const item = { type: 'reasoning', id, summary: [] };
    this.event('response.output_item.added', { output_index: 0, item: { ...item, content: [] } });
    for (const delta of words) {
      this.event('response.reasoning_text.delta', { item_id: id, output_index: 0, content_index: 0, delta });
    }
    const content = [{ type: 'reasoning_text', text: words.join('') }];
    this.event('response.output_item.done', { output_index: 0, item: { ...item, content } });
  }

  /** Any tool whose input is plain text. */
  callWithText(name: string, input: string): void {
    this.#closeMessage();
    const id = this.#nextId('ctc');
    const item = { type: 'custom_tool_call', id, call_id: id.replace('ctc', 'call'), name, input };
    this.event('response.output_item.done', { output_index: 0, item });
  }

  /** Any item that the model makes by itself, begun and done. `kind`: what its id begins with. */
  item(kind: string, item: object): void {
    this.#closeMessage();
    const whole = { ...item, id: this.#nextId(kind) };
    this.event('response.output_item.added', { output_index: 0, item: whole });
    this.event('response.output_item.done', { output_index: 0, item: whole });
  }

  /** Any tool, by its name and namespace. */
  call(name: string, args: object, namespace?: string): void {
    this.#closeMessage();
    const id = this.#nextId('fc');
    const call = {
      type: 'function_call',
      id,
      call_id: id.replace('fc', 'call'),
      name,
      arguments: JSON.stringify(args),
    };
    const item = namespace === undefined ? call : { ...call, namespace };
    this.event('response.output_item.done', { output_index: 0, item });
  }

  /** The model fails, and with it the turn. */
  fail(message: string): void {
    const error = { code: 'server_error', message };
    this.event('response.failed', { response: { id: this.#responseId, error } });
    this.#response.end();
  }

  /** The answer stops in the middle. */
  breakOff(): void {
    this.#response.end();
  }

  /** Ends the answer. What was said is one whole message. Nothing happens after an end. */
  finish(): void {
    this.#closeMessage();
    this.event('response.completed', { response: { id: this.#responseId, usage: USAGE } });
    this.#response.end();
  }

  get #responseId(): string {
    return `resp-${this.#number}`;
  }

  #openMessage(): { readonly id: string; text: string } {
    this.#open = { id: this.#nextId('msg'), text: '' };
    const item = { type: 'message', id: this.#open.id, role: 'assistant', content: [] };
    this.event('response.output_item.added', { output_index: 0, item });
    return this.#open;
  }

  #closeMessage(): void {
    if (!this.#open) return;
    const { id, text } = this.#open;
    this.#open = null;
    const item = { type: 'message', id, role: 'assistant', content: [{ type: 'output_text', text }] };
    this.event('response.output_item.done', { output_index: 0, item });
  }

  #nextId(kind: string): string {
    this.#items += 1;
    return `${kind}-${this.#number}-${this.#items}`;
  }

  /** Streams one event as it is. */
  event(type: string, data: object): void {
    if (this.#response.writableEnded) return;
    this.#response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }
}
