import { member, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { Backend, tokenLogin } from './backend.js';
import { calls, refusals, told } from './steps.js';

const REMOTE = '/backend-api/wham/remote/control';

const pages = {
  [`POST ${REMOTE}/server/enroll`]: {
    server_id: 'server-1',
    environment_id: 'environment-1',
    remote_control_token: 'token',
    expires_at: '2099-01-01T00:00:00Z',
  },
  [`POST ${REMOTE}/server/pair`]: {
    pairing_code: 'code-1',
    manual_pairing_code: 'CODE-1',
    server_id: 'server-1',
    environment_id: 'environment-1',
    expires_at: '2099-01-01T00:00:00Z',
  },
  [`POST ${REMOTE}/server/pair/status`]: { claimed: true },
  [`GET ${REMOTE}/environments/environment-1/clients`]: { items: [], cursor: null },
  [`DELETE ${REMOTE}/environments/environment-1/clients/client-1`]: null,
};

/** Remote control is switched on by one client and off by another; all are told. A server here plays the service. */
export const remoteControl: Scenario = {
  name: 'remote-control',
  long: true,
  covers: [
    'remoteControl/enable',
    'remoteControl/disable',
    'remoteControl/status/read',
    'remoteControl/pairing/start',
    'remoteControl/pairing/status',
    'remoteControl/client/list',
    'remoteControl/client/revoke',
    'remoteControl/status/changed',
  ],
  freedoms: [
    {
      reason:
        'Of what it goes through until it is connected only the newest is told. Seen in one run in two.',
      matches: ({ subject, text }) =>
        subject === 'remoteControl/status/changed' && text.includes('"status":"connecting"'),
      lane: () => null,
    },
    {
      reason: 'It connects and ends in a task of its own, and may have been answered by then or not.',
      matches: ({ subject }) => /^answer to remoteControl\/(enable|disable)$/.test(subject),
      lane: ({ subject }) => subject,
    },
  ],
  prepare: async (folders) => await Backend.prepare(folders, pages),
  async run({ clients: { a, b, c, d }, root, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const everybody = [a, b, c];
    await a.call('account/login/start', tokenLogin('somebody@example.com'));
    await told(everybody, 'account/updated');
    await settle();
    await b.call('remoteControl/status/read');
    await refusals(b, [['remoteControl/pairing/start', {}]]);
    await refusals(c, [
      ['remoteControl/enable', {}],
      ['remoteControl/disable', {}],
      ['remoteControl/pairing/start', {}],
      ['remoteControl/client/list', { environmentId: 'environment-1' }],
    ]);

    await a.call('remoteControl/enable', {});
    await Backend.of({ root }).socket();
    await becomes(everybody, 'connected');
    await settle();
    await calls(b, [
      ['remoteControl/status/read', null],
      ['remoteControl/pairing/start', {}],
      ['remoteControl/pairing/start', { manualCode: true }],
      ['remoteControl/pairing/status', { pairingCode: 'code-1' }],
      ['remoteControl/client/list', { environmentId: 'environment-1' }],
      ['remoteControl/client/revoke', { environmentId: 'environment-1', clientId: 'client-1' }],
    ]);
    await refusals(a, [
      ['remoteControl/pairing/status', {}],
      ['remoteControl/client/list', { environmentId: 'environment-2' }],
    ]);
    // Whoever comes now is greeted with how it is now.
    await d.connect();
    await becomes([d], 'connected');
    await settle();
    await b.call('remoteControl/disable', {});
    await becomes([...everybody, d], 'disabled');
    await settle();
    await a.call('remoteControl/status/read');
    Backend.of({ root }).stop();
  },
};

async function becomes(clients: readonly Client[], status: string): Promise<void> {
  const matches = (params: Json): boolean => member(params, 'status') === status;
  for (const client of clients) await client.notification('remoteControl/status/changed', matches);
}
