import type { Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, status, typed, wholeTurn } from '../steps.js';

/** A client without `experimentalApi`, one that gets everything wrong, and one that gets the handshake wrong. */
export const plainClient: Scenario = {
  name: 'plain-client',
  covers: [],
  async run({ clients: { a, b, c }, work, settle }) {
    await handshake(c);
    await a.connect({});
    await b.connect();
    const threadId = await startThread(a, work);
    await b.notification('thread/started');
    await wholeTurn([a], threadId, 'hello');
    await status([b], threadId, 'idle');
    await refusals(a, threadId);
    await mistakes(a, threadId);
    await oddFrames(a);

    // What only the others are told: settings and projects are experimental.
    await resumeThread(b, [a, b, c], { threadId, excludeTurns: true });
    await b.call('thread/settings/update', { threadId, effort: 'high' });
    await b.notification('thread/settings/updated');
    await b.call('project/create', { idempotencyKey: 'key', name: 'Project', roots: [{ path: work }] });
    await b.notification('project/changed');
    await settle();
    await wholeTurn([a, b], threadId, 'again');
  },
};

async function handshake(client: Client): Promise<void> {
  await client.open();
  await client.refused('thread/list', {});
  await client.refused('no/such/method', {});
  await client.refused('initialize', {});
  await client.refused('initialize', { clientInfo: { name: 'two\nlines', version: '1' } });
  await client.refused('initialize', { clientInfo: { name: 'c' } });
  await client.refused('initialize', {
    clientInfo: { name: 'c', version: '1' },
    capabilities: { experimentalApi: 'yes' },
  });
  await client.call('initialize', { clientInfo: { name: 'c', version: '' } });
  // Requests are taken without the notification `initialized`.
  await client.call('thread/loaded/list', {});
  await client.refused('initialize', { clientInfo: { name: 'c', version: '1' } });
  client.ready = true;
}

async function refusals(client: Client, threadId: string): Promise<void> {
  for (const [method, params] of [
    ['project/list', {}],
    ['thread/settings/update', { threadId }],
    ['thread/search', { searchTerm: 'x' }],
    ['process/spawn', { command: ['true'], cwd: '/', processHandle: 'p' }],
    ['mock/experimentalMethod', {}],
    ['collaborationMode/list', {}],
    ['thread/start', { permissions: 'x' }],
    ['thread/start', { dynamicTools: [] }],
    ['thread/resume', { threadId, excludeTurns: true, permissions: 'x' }],
    ['turn/start', { threadId, input: typed('x'), additionalContext: {} }],
  ] satisfies [string, Json][]) {
    await client.refused(method, params);
  }
}

async function mistakes(client: Client, threadId: string): Promise<void> {
  await client.refused('no/such/method', {});
  await client.refused('thread/read', {});
  await client.refused('thread/read', { threadId: 5 });
  await client.refused('thread/read', { threadId: 'no id' });
  await client.refused('thread/read');
  await client.refused('thread/read', null);
  await client.refused('thread/list', []);
  await client.refused('thread/list', { limit: 'ten' });
  await client.refused('turn/start', { threadId, input: 'text' });
  await client.refused('turn/start', { threadId, input: [{ type: 'no such type' }] });
  await client.refused('turn/steer', { threadId, input: typed('x') });
  await client.refused('turn/interrupt', { threadId, turnId: threadId });
  await client.refused('thread/name/set', { threadId, name: '' });
}

async function oddFrames(client: Client): Promise<void> {
  for (const frame of ['{bad', '', '[]', '5', '{"id":1}', '{"id":null,"method":"thread/list","params":{}}'])
    client.raw(frame);
  client.raw('{"id":7.5,"method":"thread/loaded/list","params":{}}');
  client.raw('{"id":["x"],"method":"thread/loaded/list","params":{}}');
  client.raw('{"id":1,"result":{}}{"id":2,"result":{}}');
  client.notify('no/such/notification', {});
  client.answer({ id: 12345, params: null }, {});
  for (const id of ['text', '', 'a "quoted" id', 0, -1, 4_294_967_296]) {
    client.ask('thread/loaded/list', {}, id);
    await client.answered(id);
  }
  client.raw('\n {"jsonrpc":"2.0","id":"spaced","method":"thread/loaded/list","params":{},"unknown":[1]} \n');
  await client.answered('spaced');
}
