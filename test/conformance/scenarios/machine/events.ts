import { once } from 'node:events';
import { member, text, type Json, type JsonObject } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, wholeTurn } from '../steps.js';
import { Backend, tokenLogin, type Asked, type Pages } from './backend.js';
import { calls, refusals, told } from './steps.js';

const START = 'mcpServer/event/stream/start';
const STOP = 'mcpServer/event/stream/stop';
const TOLD = 'mcpServer/event/stream/notification';

/** An MCP server over HTTP that has a tool and events, where Codex looks for the apps of its provider. */
const pages: Pages = {
  'POST /backend-api/ps/mcp': (asked) => {
    const id = member(asked.body, 'id');
    const method = member(asked.body, 'method');
    switch (typeof method === 'string' ? method : '') {
      case 'initialize':
        return answer(id, {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'apps', version: '1' },
        });
      case 'tools/list':
        return answer(id, { tools: [{ name: 'ring', inputSchema: { type: 'object' } }] });
      case 'events/stream':
        asked.hold();
        return null;
      default:
        return id === undefined ? null : answer(id, {});
    }
  },
};

function answer(id: Json | undefined, result: Json): Json {
  return { jsonrpc: '2.0', id: id ?? null, result };
}

/** Says something in a stream of events that is held. */
function say({ body, response }: Asked, what: string, params: object = {}): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  const meta = { 'io.modelcontextprotocol/subscriptionId': member(body, 'id') };
  const message = {
    jsonrpc: '2.0',
    method: `notifications/events/${what}`,
    params: { ...params, _meta: meta },
  };
  response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

/** What the clients listen to. */
function bellOf(threadId: string): JsonObject {
  return { threadId, server: 'codex_apps', subscriptionId: 'one', name: 'bell.rang', arguments: { x: 1 } };
}

/**
 * Two clients listen to the events of an app, under the same id; each has its own stream, and none of it reaches
 * the others. Who is not subscribed to the thread may not listen.
 */
export const events: Scenario = {
  name: 'events',
  covers: [START, STOP, TOLD],
  features: ['apps'],
  prepare: async (folders) => await Backend.prepare(folders, pages),
  async run({ clients: { a, b, c, d }, root, work, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    const backend = Backend.of({ root });
    await a.call('account/login/start', tokenLogin('somebody@example.com'));
    await told([a, b, c, d], 'account/updated');
    const threadId = text(await a.call('thread/start', { cwd: work }), 'thread', 'id');
    await a.notification('mcpServer/startupStatus/updated', (params) => member(params, 'status') === 'ready');
    await wholeTurn([a], threadId, 'hello');
    await resumeThread(b, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();
    const bell = bellOf(threadId);
    await refusals(c, [
      [START, bell],
      [STOP, { subscriptionId: 'one' }],
    ]);
    await refusals(d, [[START, bell]]);
    await refusals(a, [
      [START, { ...bell, server: 'another' }],
      [START, { threadId }],
    ]);

    const streams: Asked[] = [];
    for (const client of [a, b]) {
      const id = client.ask(START, bell);
      const stream = await backend.held();
      streams.push(stream);
      say(stream, 'active');
      await client.answered(id);
      await client.notification(TOLD);
    }
    await a.refused(START, bell);
    for (const [index, client] of [a, b].entries()) {
      const [stream] = streams.slice(index);
      if (stream) say(stream, 'event', { data: { who: client.name } });
      await client.notification(TOLD);
    }
    const one = { subscriptionId: 'one' };
    await calls(d, [[STOP, one]]);
    await calls(b, [
      [STOP, one],
      [STOP, one],
    ]);
    const [first] = streams;
    if (first) say(first, 'event', { data: 'still there' });
    await a.notification(TOLD);
    await settle();
    // The thread is left, and with it the stream.
    const ended = first && once(first.response, 'close', { signal: AbortSignal.timeout(20_000) });
    await a.call('thread/unsubscribe', { threadId });
    await ended;
    await settle();
    await resumeThread(a, [a, b, c, d], { threadId, excludeTurns: true });
    const id = a.ask(START, bell);
    say(await backend.held(), 'active');
    await a.answered(id);
    await a.notification(TOLD);
    await settle();
    backend.stop();
  },
};
