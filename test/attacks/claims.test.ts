import t from 'tap';
import { clientMethods } from '../../protocol/methods.js';
import { Caller } from './caller.js';
import { Stage } from './stage.js';

const OWNERS_OWN = [
  'broker/token/rotate',
  'broker/pairing/start',
  'broker/pairing/wait',
  'broker/devices/list',
  'broker/devices/revoke',
];
/** What somebody might say of itself to be more than its credential is. */
const CLAIMS: readonly (readonly [string, object, object])[] = [
  ['nothing', {}, {}],
  ['a controller', { role: 'controller' }, {}],
  ['scopes', { role: 'controller', scopes: ['*'], credential: { role: 'owner' } }, {}],
  ['capabilities', {}, { role: 'owner', controller: true, owner: true, scopes: ['owner'], remote: false }],
];

t.test('an observer is one, whatever it says in its hello', async (t) => {
  const stage = await Stage.open(t);
  const { token } = await stage.device('observer');
  for (const wire of ['json', 'msgpack'] as const)
    for (const [what, claims, capabilities] of CLAIMS) {
      const caller = await Caller.connect(t, stage.url, token, { wire, claims, capabilities });
      const name = `${what}, ${wire}`;
      t.match(caller.greeting.result, { threadcast: { role: 'observer' } }, name);
      t.equal(await caller.outcome('turn/start', { threadId: 't', input: [] }), 'forbidden', name);
      t.equal(await caller.outcome('broker/devices/list'), 'forbidden', name);
    }
  // The schema knows two roles; another one makes no session at all.
  const owner = await Caller.connect(t, stage.url, token, { claims: { role: 'owner' } });
  t.equal(owner.greeting.error?.data?.reason, 'invalidParams');
  t.equal(await owner.outcome('turn/start'), 'notInitialized');
  t.same(stage.runtime.received, [], 'nothing of it reached the runtime');
});

t.test('an observer reaches nothing that changes anything', async (t) => {
  const stage = await Stage.open(t);
  const { token } = await stage.device('observer');
  const observer = await Caller.connect(t, stage.url, token);
  const open: string[] = [];
  for (const [method, { role }] of clientMethods) {
    if (role === 'observer') continue;
    if ((await observer.outcome(method, { threadId: 't' })) !== 'forbidden') open.push(method);
  }
  t.same(open, []);
  for (const method of [
    'thread/new',
    'THREAD/START',
    'turn/start ',
    'turn/start/',
    '',
    '__proto__',
    'constructor',
  ])
    t.equal(await observer.outcome(method), 'forbidden', method);
  for (const params of [
    { model: 'x' },
    { cwd: '/' },
    { approvalPolicy: 'never' },
    { sandbox: 'danger-full-access' },
    { config: {} },
    { history: [] },
    { path: '/h/other.jsonl' },
    { __proto__x: 1 },
    JSON.parse('{"__proto__": {"model": "x"}}') as object,
  ])
    t.equal(
      await observer.outcome('thread/resume', { threadId: 't', ...params }),
      'forbidden',
      JSON.stringify(params),
    );
  observer.raw('[{"id":900,"method":"turn/start","params":{}}]');
  observer.raw('{"method":"turn/start","params":{"threadId":"t","input":[]}}');
  observer.raw('{"id":901,"method":"thread/read","params":{},"method":"turn/start"}');
  await observer.heard();
  t.same(stage.runtime.received, []);
});

t.test('params by position say nothing that is checked by name', async (t) => {
  const stage = await Stage.open(t);
  const { token } = await stage.device('observer');
  const observer = await Caller.connect(t, stage.url, token);
  const owner = await Caller.connect(t, stage.url, stage.token.token);
  const positional = ['t', null, null, null, 'never', 'danger-full-access'];
  t.equal(await observer.outcome('thread/resume', positional), 'invalidParams');
  t.equal(await observer.outcome('thread/unsubscribe', ['t']), 'invalidParams');
  for (const method of [
    'command/exec/terminate',
    'process/kill',
    'thread/start',
    'mcpServer/event/stream/start',
  ])
    t.not(await owner.outcome(method, ['threadcast:c1-00000000:x']), 'asked of the runtime', method);
  t.same(stage.runtime.received, []);
});

t.test('a controller is no owner, and the owner from afar is not on this machine', async (t) => {
  const stage = await Stage.open(t);
  const { token } = await stage.device('controller');
  for (const wire of ['json', 'msgpack'] as const) {
    const device = await Caller.connect(t, stage.url, token, { wire, claims: { role: 'controller' } });
    const owner = await Caller.connect(t, stage.url, stage.token.token, { wire });
    for (const method of OWNERS_OWN) t.equal(await device.outcome(method), 'forbidden', `${method}, ${wire}`);
    for (const method of [
      'fs/readFile',
      'fs/writeFile',
      'fs/somethingNew',
      'fs/',
      'command/exec',
      'command/exec/write',
      'command/somethingNew',
      'process/spawn',
      'thread/shellCommand',
    ])
      for (const [name, caller] of Object.entries({ device, owner }))
        t.equal(
          await caller.outcome(method, { command: ['id'] }),
          'forbidden',
          `${method}, ${name}, ${wire}`,
        );
    device.send({ id: 700, method: 'fs/readFile', params: {} });
    device.raw('{"id":701,"method":"fs\\/readFile","params":{}}');
    device.raw('{"id":702,"method":"\\u0066s/readFile","params":{}}');
    device.raw('{"id":703,"method":"thread/list","m\\u0065thod":"fs/readFile","params":{}}');
    device.raw('{"id":704,"m\\u0065thod":"fs/readFile","method":"thread/list","params":{}}');
    if (wire === 'json') await device.heard();
  }
  t.same(
    stage.runtime.received.map(({ method }) => method),
    [],
    'none in any spelling',
  );
});

t.test('what is less than its credential stays so', async (t) => {
  const stage = await Stage.open(t);
  const caller = await Caller.connect(t, stage.url, stage.token.token, { claims: { role: 'observer' } });
  t.match(caller.greeting.result, { threadcast: { role: 'observer' } });
  const again = await caller.call('initialize', {
    clientInfo: { name: 'caller', version: '1' },
    capabilities: { extensions: { threadcast: { role: 'controller' } } },
  });
  t.equal(again.error?.data?.reason, 'alreadyInitialized');
  t.equal(await caller.outcome('turn/start', { threadId: 't', input: [] }), 'forbidden');
  t.same(stage.runtime.received, []);
});
