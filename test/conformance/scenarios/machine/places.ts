import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scenario } from '../../scenario.js';
import { calls, refusals } from './steps.js';

/** Where commands run and models are: environments and providers; and feedback, which is kept in a file. */
export const places: Scenario = {
  name: 'places',
  long: true,
  covers: [
    'environment/add',
    'environment/info',
    'environment/status',
    'modelProvider/config/write',
    'feedback/save',
    'gitDiffToRemote',
  ],
  config: () => ({ tables: ['[feedback]', 'enabled = false'] }),
  async prepare({ root, work }) {
    const who = { NAME: 'somebody', EMAIL: 'somebody@example.com', DATE: '2026-01-01T00:00:00Z' };
    const names = Object.entries(who).flatMap(([name, value]) =>
      ['AUTHOR', 'COMMITTER'].map((as) => [`GIT_${as}_${name}`, value]),
    );
    const env = { ...process.env, ...Object.fromEntries(names) };
    const git = (...args: string[]): unknown =>
      execFileSync('git', args, { cwd: work, env, stdio: 'ignore' });
    await writeFile(path.join(work, 'file.txt'), 'first\n');
    git('init', '--initial-branch', 'main');
    git('add', '.');
    git('commit', '--message', 'first');
    git('init', '--bare', path.join(root, 'remote'));
    git('remote', 'add', 'origin', path.join(root, 'remote'));
    git('push', '--set-upstream', 'origin', 'main');
    await writeFile(path.join(work, 'file.txt'), 'second\n');
  },
  async run({ clients: { a, b, c }, root, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    // Nobody listens on port 1.
    await a.call('environment/add', { environmentId: 'far', execServerUrl: 'ws://127.0.0.1:1' });
    await calls(b, [
      ['environment/status', { environmentId: 'local' }],
      ['environment/info', { environmentId: 'local' }],
      ['environment/status', { environmentId: 'far' }],
      ['gitDiffToRemote', { cwd: work }],
      [
        'feedback/save',
        { savePath: `${root}/said`, classification: 'bug', reason: 'Slow', includeLogs: false },
      ],
    ]);
    await refusals(b, [
      ['environment/info', { environmentId: 'far' }],
      ['environment/info', { environmentId: 'nowhere' }],
      ['environment/status', {}],
      ['environment/add', { environmentId: '', execServerUrl: 'ws://127.0.0.1:1' }],
      ['environment/add', { environmentId: 'local', execServerUrl: 'no url' }],
      ['feedback/upload', { classification: 'bug' }],
      ['feedback/save', { classification: 'bug' }],
      ['gitDiffToRemote', { cwd: root }],
    ]);
    await refusals(c, [
      ['environment/add', { environmentId: 'far', execServerUrl: 'ws://127.0.0.1:1' }],
      ['environment/info', { environmentId: 'local' }],
      ['environment/status', { environmentId: 'local' }],
    ]);
    const mock = { type: 'customGateway', providerId: 'mock', name: 'Another mock' };
    await c.call('modelProvider/config/write', { settings: mock });
    await a.call('modelProvider/list', {});
    await refusals(c, [
      ['modelProvider/config/write', { settings: { ...mock, providerId: 'openai' } }],
      ['modelProvider/config/write', { settings: { type: 'no such type' } }],
    ]);
    await settle();
  },
};
