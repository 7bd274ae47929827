import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { calls, refusals } from './steps.js';

/**
 * The config is read and written by two clients; a third one comes later. What one has written the other reads, and
 * a version that is no longer the newest is refused.
 */
export const config: Scenario = {
  name: 'config',
  long: true,
  covers: [
    'config/read',
    'config/value/write',
    'config/batchWrite',
    'config/mcpServer/reload',
    'configRequirements/read',
  ],
  // Versions are hashes of the file: the model's port, which is another in each run, must not be in it.
  async prepare({ home }) {
    const file = path.join(home, 'config.toml');
    const toml = await readFile(file, 'utf8');
    await writeFile(file, toml.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
  },
  async run({ clients: { a, b, c, d }, home, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const edit = { keyPath: 'model', value: 'another-model', mergeStrategy: 'replace' };
    await a.call('config/read', {});
    await b.call('config/read', { includeLayers: true, cwd: work });
    await c.call('configRequirements/read');
    const version = text(await a.call('config/value/write', edit), 'version');
    await calls(b, [
      ['config/read', { includeLayers: true }],
      ['config/value/write', { ...edit, value: 'third-model', expectedVersion: version }],
    ]);
    await refusals(c, [
      ['config/value/write', { ...edit, expectedVersion: version }],
      ['config/value/write', { ...edit, value: 5 }],
      ['config/value/write', { ...edit, keyPath: '' }],
      ['config/value/write', { ...edit, mergeStrategy: 'no such strategy' }],
      ['config/value/write', { ...edit, filePath: `${work}/another.toml` }],
      ['config/value/write', { keyPath: 'model' }],
      ['config/batchWrite', { edits: [edit, { ...edit, value: 5 }] }],
      ['config/batchWrite', { edits: [edit], expectedVersion: version }],
      ['config/batchWrite', {}],
    ]);
    await a.call('config/batchWrite', {
      edits: [
        { keyPath: 'tui', value: { theme: 'dark' }, mergeStrategy: 'upsert' },
        { keyPath: 'tui.animations', value: false, mergeStrategy: 'upsert' },
        { keyPath: 'profiles', value: null, mergeStrategy: 'replace' },
      ],
      filePath: `${home}/config.toml`,
      reloadUserConfig: true,
    });
    await a.call('config/mcpServer/reload');
    await settle();
    await c.call('config/read', { includeLayers: true });
    // What is no config any more cannot be read, and can be mended.
    await writeFile(path.join(home, 'config.toml'), 'model = 5\n');
    await d.connect();
    await d.refused('config/read', {});
    await a.call('config/value/write', edit);
    await d.call('config/read', {});
  },
};
