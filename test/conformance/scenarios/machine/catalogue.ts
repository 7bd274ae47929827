import type { Scenario } from '../../scenario.js';
import { calls, refusals } from './steps.js';

/** What there is to choose from, asked for by one client with the experimental API and one without. */
export const catalogue: Scenario = {
  name: 'catalogue',
  covers: [
    'model/list',
    'modelProvider/list',
    'modelProvider/capabilities/read',
    'experimentalFeature/list',
    'experimentalFeature/enablement/set',
    'permissionProfile/list',
    'collaborationMode/list',
    'thread/realtime/listVoices',
    'hooks/list',
    'app/list',
    'app/read',
    'app/installed',
    'mock/experimentalMethod',
    'windowsSandbox/readiness',
    'windowsSandbox/setupStart',
    'windowsSandbox/setupCompleted',
    'server/diagnostics',
  ],
  freedoms: [
    {
      reason: 'It says how much memory the process has, and which process it is.',
      matches: ({ subject }) => subject === 'answer to server/diagnostics',
      lane: () => null,
    },
  ],
  async run({ clients: { a, b }, work, settle }) {
    await a.connect();
    await b.connect({});
    for (const client of [a, b]) {
      await calls(client, [
        ['model/list', { limit: 1 }],
        ['model/list', { includeHidden: true }],
        ['modelProvider/list', {}],
        ['modelProvider/capabilities/read', {}],
        ['experimentalFeature/list', {}],
        ['permissionProfile/list', { limit: 2, cwd: work }],
        ['hooks/list', { cwds: [work] }],
        ['app/list', { limit: 5 }],
        ['app/read', { appIds: ['no such app'] }],
        ['app/installed', {}],
        ['windowsSandbox/readiness', null],
      ]);
    }
    await calls(a, [
      ['collaborationMode/list', {}],
      ['thread/realtime/listVoices', {}],
      ['mock/experimentalMethod', { value: 'x' }],
      ['mock/experimentalMethod', {}],
      ['server/diagnostics', {}],
      ['experimentalFeature/enablement/set', { enablement: { apps: true } }],
      ['experimentalFeature/enablement/set', { enablement: { 'no such feature': true } }],
      ['experimentalFeature/list', { limit: 3 }],
    ]);
    await refusals(b, [
      ['collaborationMode/list', {}],
      ['thread/realtime/listVoices', {}],
      ['mock/experimentalMethod', { value: 'x' }],
      ['server/diagnostics', {}],
      ['experimentalFeature/enablement/set', {}],
      ['model/list', { cursor: 'no such cursor' }],
      ['model/list', { limit: -1 }],
      ['experimentalFeature/list', { cursor: 'no such cursor' }],
      ['permissionProfile/list', { cursor: 'no such cursor' }],
      ['windowsSandbox/setupStart', { mode: 'no such mode' }],
    ]);
    await settle();
    await b.call('windowsSandbox/setupStart', { mode: 'unelevated', cwd: work });
    await b.notification('windowsSandbox/setupCompleted');
  },
};
