/**
 * What it costs to look at who comes, a connection, and at what it asks, a request; next to one digest (SHA-256), which
 * no check of a token does without.
 *
 *   npm run bench, or after a build: npx tsx bench/access.ts
 */
import { createHash } from 'node:crypto';
import { Access } from '../broker/access/access.js';
import { AllowedNames } from '../broker/access/names.js';
import { Rights } from '../broker/access/rights.js';
import { systemClock } from '../broker/clock.js';
import { decide } from '../broker/transports/http-request.js';
import { median, report } from './measure.js';

const ROUNDS = 9;
const TIMES_A_ROUND = 20_000;
const TOKEN = 'x'.repeat(43);

const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
const access = new Access({ names, token: { read: () => TOKEN, rotate: () => TOKEN }, clock: systemClock });
access.listens('ws://127.0.0.1:4500');
const rights = new Rights();
const head = {
  method: 'GET',
  target: '/rpc',
  version: '1.1',
  lines: [
    ['host', '127.0.0.1:4500'],
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['origin', 'http://127.0.0.1:4500'],
    ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)'],
    ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['sec-websocket-version', '13'],
    ['sec-websocket-protocol', `threadcast.v1.json, bearer.${TOKEN}`],
  ] as const,
  address: '127.0.0.1',
  secure: false,
  upgradable: true,
};
const refuse = { status: 404, headers: {}, body: '' };
const asker = { role: 'owner', remote: true } as const;

const ways: Record<string, () => unknown> = {
  'one digest': () => createHash('sha256').update(TOKEN).digest(),
  'a connection: the whole check': () =>
    decide(head, {
      http: () => refuse,
      upgrade: (request) => {
        if ('refuse' in access.admit(request, 'token')) throw new Error('it was to be let in');
        return { refuse };
      },
    }),
  'a request: what it may call': () => rights.refusal(asker, 'turn/start', { threadId: 'x' }),
};
const taken = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const startedAt = performance.now();
    for (let i = 0; i < TIMES_A_ROUND; i += 1) way();
    taken.get(name)?.push(((performance.now() - startedAt) * 1e3) / TIMES_A_ROUND);
  }
}
const digest = median(taken.get('one digest') ?? []);
report(`who comes and what for, median of ${ROUNDS}`);
for (const [name, figures] of taken) {
  report(
    `  ${name.padEnd(32)} ${median(figures).toFixed(2).padStart(6)} µs  ${(median(figures) / digest).toFixed(2)}×`,
  );
}
