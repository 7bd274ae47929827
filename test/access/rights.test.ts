import { readFileSync } from 'node:fs';
import t from 'tap';
import { Rights } from '../../broker/access/rights.js';
import { families, familyNames, familyOf } from '../../protocol/families.js';
import { clientMethods } from '../../protocol/methods.js';

const HERE = {
  owner: { role: 'owner', remote: false },
  controller: { role: 'controller', remote: false },
} as const;
const OBSERVER = { role: 'observer', remote: false } as const;
const FAR = { role: 'owner', remote: true } as const;

function isRefused(
  rights: Rights,
  asker: Parameters<Rights['refusal']>[0],
  method: string,
  params = {},
): boolean {
  const error = rights.refusal(asker, method, params);
  if (error !== null) t.equal(error.data.reason, 'forbidden');
  return error !== null;
}

void t.test(
  'each role may call what the table gives it, and what is not in the table is for controllers',
  async (t) => {
    const rights = new Rights();
    for (const [method, { role }] of clientMethods) {
      t.equal(isRefused(rights, OBSERVER, method), role !== 'observer', method);
      t.equal(isRefused(rights, HERE.controller, method), role === 'owner', method);
      t.notOk(isRefused(rights, HERE.owner, method), method);
    }
    t.ok(isRefused(rights, OBSERVER, 'thread/somethingNew'));
    t.notOk(isRefused(rights, HERE.controller, 'thread/somethingNew'));
  },
);

void t.test('an observer cannot start, steer, answer for, or reach into anything', async (t) => {
  const rights = new Rights();
  for (const method of [
    'thread/start',
    'thread/fork',
    'turn/start',
    'turn/steer',
    'turn/interrupt',
    'broker/turn/submit',
    'broker/attachment/send',
    'fs/readFile',
    'command/exec',
    'process/spawn',
    'config/read',
    'config/value/write',
    'thread/shellCommand',
    'account/logout',
    'getAuthStatus',
    'broker/token/rotate',
    'broker/pairing/start',
    'broker/devices/list',
    'broker/devices/revoke',
  ])
    t.ok(isRefused(rights, OBSERVER, method), method);
});

void t.test('an observer resumes a thread as it is', async (t) => {
  const rights = new Rights();
  const threadId = 'x';
  t.notOk(isRefused(rights, OBSERVER, 'thread/resume', { threadId, excludeTurns: true, model: null }));
  for (const change of [
    { model: 'other' },
    { cwd: '/' },
    { approvalPolicy: 'never' },
    { sandbox: 'danger-full-access' },
    { permissions: 'x' },
    { config: {} },
    { history: [] },
    { path: '/x' },
    { somethingNew: 1 },
  ]) {
    t.ok(isRefused(rights, OBSERVER, 'thread/resume', { threadId, ...change }), JSON.stringify(change));
    t.notOk(isRefused(rights, HERE.controller, 'thread/resume', { threadId, ...change }));
  }
});

void t.test('from afar what reaches past threads is refused, until it is allowed', async (t) => {
  const closed = {
    fs: 'fs/readFile',
    command: 'command/exec',
    process: 'process/spawn',
    shell: 'thread/shellCommand',
    config: 'config/value/write',
    account: 'account/logout',
    extensions: 'mcpServer/tool/call',
    remoteControl: 'remoteControl/enable',
  } as const;
  t.same(Object.keys(closed), familyNames);
  t.same(Object.keys(families), familyNames);
  for (const [name, method] of Object.entries(closed)) {
    const family = familyOf(method);
    t.equal(family, name);
    t.ok(isRefused(new Rights(), FAR, method), method);
    t.notOk(isRefused(new Rights(), HERE.owner, method), `${method} from here`);
    t.notOk(isRefused(new Rights(familyNames), FAR, method), `${method} where it is allowed`);
    t.ok(isRefused(new Rights(familyNames, familyNames), FAR, method), 'what is denied, is');
  }
  t.ok(isRefused(new Rights(), FAR, 'fs/somethingNew'), 'what a later runtime brings, too');
  t.equal(familyOf('fsx/readFile'), null);
  t.equal(familyOf('thread/shellCommandx'), null);
});

void t.test('what clients read when they start is open, until it is denied', async (t) => {
  for (const method of familyNames.flatMap((name) => [...families[name].open])) {
    t.notOk(isRefused(new Rights(), FAR, method), method);
    t.ok(isRefused(new Rights([], familyNames), FAR, method), `${method}, denied`);
    t.ok(clientMethods.has(method), `${method} is one`);
  }
});

void t.test('the README names the families that there are', async (t) => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const table = /\| family .*\n\| -.*\n((?:\|.*\n)+)/.exec(readme)?.[1] ?? '';
  t.same(
    [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name),
    familyNames,
  );
});

void t.test('every method that reaches past threads has a family', async (t) => {
  const kinds = /^(fs|command|process|config|account)\//;
  for (const method of clientMethods.keys()) if (kinds.test(method)) t.ok(familyOf(method), method);
});
