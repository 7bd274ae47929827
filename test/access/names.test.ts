import t from 'tap';
import { AllowedNames } from '../../broker/access/names.js';
import { request } from './asking.js';
import type { Headers } from './asking.js';

function names({ origins = [] as string[], hosts = [] as string[], publicUrl = '' } = {}): AllowedNames {
  const allowed = new AllowedNames({
    origins,
    hosts,
    publicUrl: publicUrl === '' ? null : new URL(publicUrl),
  });
  allowed.listens('ws://127.0.0.1:4500');
  return allowed;
}

function isRefused(allowed: AllowedNames, headers: Headers): boolean {
  return allowed.objection(request(headers)) !== null;
}

void t.test('the broker may be called by the names of loopback, and by those it was given', async (t) => {
  const allowed = names({ hosts: ['Mac.local:4500'], publicUrl: 'https://agent.example' });
  for (const host of [
    'localhost',
    'LOCALHOST:80',
    '127.0.0.1:4500',
    '127.1.2.3',
    '[::1]:1',
    'mac.local:4500',
    'agent.example',
  ])
    t.notOk(isRefused(allowed, [['host', host]]), host);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost.',
    '0.0.0.0:4500',
    '[::]',
    'mac.local',
    'agent.example:1',
    'agent.example.',
    '',
    'localhost:4500, evil.example',
    'localhost:',
    '2130706433',
  ])
    t.ok(isRefused(allowed, [['host', host]]), `"${host}"`);
  t.ok(isRefused(allowed, []), 'none at all');
  t.ok(
    isRefused(allowed, [
      ['host', 'localhost:4500'],
      ['host', 'localhost:4500'],
    ]),
    'two',
  );
});

void t.test('its own pages may ask, and those that it was given, each by its exact origin', async (t) => {
  const allowed = names({ origins: ['http://desk.example:8080'], publicUrl: 'https://agent.example' });
  const from = (origin: string): boolean =>
    isRefused(allowed, [
      ['host', 'localhost:4500'],
      ['origin', origin],
    ]);
  for (const origin of [
    'http://127.0.0.1:4500',
    'http://localhost:4500',
    'http://[::1]:4500',
    'https://agent.example',
    'http://desk.example:8080',
  ])
    t.notOk(from(origin), origin);
  for (const origin of [
    'null',
    '',
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:4500',
    'http://localhost:4500.evil.example',
    'http://localhost:4500/',
    'http://evil.example',
    'http://agent.example',
    'https://agent.example:444',
    'https://sub.agent.example',
    'http://localhost:4500 http://localhost:4500',
    'file://',
  ])
    t.ok(from(origin), `"${origin}"`);
  t.ok(
    isRefused(allowed, [
      ['host', 'localhost:4500'],
      ['origin', 'http://localhost:4500'],
      ['origin', 'http://evil.example'],
    ]),
    'two',
  );
});

void t.test('no page asks over a unix socket, whose Host is anything', async (t) => {
  const over = (headers: Headers): string | null => names().objection(request(headers, { address: 'unix' }));
  t.equal(over([['host', 'anything']]), null);
  t.equal(over([]), null);
  t.type(over([['origin', 'http://localhost:4500']]), 'string');
});

void t.test('a browser leaves out the port that goes without saying', async (t) => {
  const allowed = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  allowed.listens('wss://127.0.0.1:443');
  const from = (origin: string): string | null =>
    allowed.objection(
      request([
        ['host', 'localhost'],
        ['origin', origin],
      ]),
    );
  t.equal(from('https://localhost'), null);
  t.type(from('http://localhost'), 'string');
});

void t.test('a port on all addresses makes none of their names good but loopback', async (t) => {
  const allowed = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  allowed.listens('ws://0.0.0.0:4500');
  t.type(allowed.objection(request([['host', '0.0.0.0:4500']])), 'string');
  t.type(allowed.objection(request([['host', '192.168.0.7:4500']])), 'string');
  t.equal(allowed.objection(request([['host', 'localhost:4500']])), null);
  t.equal(allowed.publicUrl, 'http://127.0.0.1:4500', 'nor what others are told');
  allowed.listens('wss://192.168.0.7:4501');
  t.equal(allowed.objection(request([['host', '192.168.0.7:4501']])), null, 'one that is named');
});
