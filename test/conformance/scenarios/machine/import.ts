import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isList, member } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { calls, refusals, told } from './steps.js';

/** The config of another agent is found, and taken over by one client; all are told how far it is. */
export const imports: Scenario = {
  name: 'import',
  long: true,
  covers: [
    'externalAgentConfig/detect',
    'externalAgentConfig/import',
    'externalAgentConfig/import/recordHistory',
    'externalAgentConfig/import/readHistories',
    'externalAgentConfig/import/progress',
    'externalAgentConfig/import/completed',
  ],
  async prepare({ root, work }) {
    const agent = path.join(root, '.claude');
    await mkdir(agent);
    await writeFile(path.join(agent, 'CLAUDE.md'), '# Be kind\n');
    await writeFile(path.join(agent, 'settings.json'), JSON.stringify({ env: { WORD: 'hello' } }));
    await writeFile(path.join(work, 'CLAUDE.md'), '# Be quick\n');
  },
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const found = await c.call('externalAgentConfig/detect', { includeHome: true, cwds: [work] });
    await b.call('externalAgentConfig/detect', {});
    const items = member(found, 'items');
    for (const item of isList(items) ? items : []) {
      await a.call('externalAgentConfig/import', { migrationItems: [item], source: 'settings' });
      await told([a, b, c], 'externalAgentConfig/import/completed');
      await settle();
    }
    // Nothing to take over, and nothing to tell.
    await c.call('externalAgentConfig/import', { migrationItems: [] });
    await settle();
    const results = [{ itemType: 'CONFIG', successes: [], failures: [] }];
    await calls(b, [
      ['externalAgentConfig/import/readHistories', null],
      ['externalAgentConfig/import/recordHistory', { providerId: 'somebody', itemTypeResults: results }],
    ]);
    await c.call('externalAgentConfig/import/readHistories');
    await refusals(b, [
      ['externalAgentConfig/import', {}],
      ['externalAgentConfig/import', { migrationItems: [{ itemType: 'NOTHING' }] }],
      ['externalAgentConfig/import/recordHistory', { providerId: 'somebody' }],
    ]);
    await settle();
    await a.call('fs/readDirectory', { path: work });
  },
};
