import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scenario } from '../../scenario.js';
import { base64, calls, refusals } from './steps.js';

/** Files and folders are written, read, copied and removed by two clients, and what is refused. */
export const files: Scenario = {
  name: 'files',
  long: true,
  covers: [
    'fs/readFile',
    'fs/writeFile',
    'fs/createDirectory',
    'fs/getMetadata',
    'fs/readDirectory',
    'fs/remove',
    'fs/copy',
  ],
  async prepare({ work }) {
    await writeFile(path.join(work, 'there.txt'), 'It was there.\n');
    await symlink('there.txt', path.join(work, 'link.txt'));
  },
  async run({ clients: { a, b, c }, work }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const at = (name: string): string => path.join(work, name);
    await calls(a, [
      ['fs/writeFile', { path: at('new.txt'), dataBase64: base64('new') }],
      ['fs/writeFile', { path: at('empty.txt'), dataBase64: '' }],
      ['fs/createDirectory', { path: at('one/two'), recursive: true }],
      ['fs/createDirectory', { path: at('plain'), recursive: false }],
      ['fs/copy', { sourcePath: at('new.txt'), destinationPath: at('one/two/copy.txt') }],
      ['fs/copy', { sourcePath: at('one'), destinationPath: at('three'), recursive: true }],
    ]);
    await calls(c, [
      ['fs/readFile', { path: at('new.txt') }],
      ['fs/readFile', { path: at('empty.txt') }],
      ['fs/readFile', { path: at('link.txt') }],
      ['fs/readFile', { path: at('three/two/copy.txt') }],
      ['fs/getMetadata', { path: at('there.txt') }],
      ['fs/getMetadata', { path: at('link.txt') }],
      ['fs/getMetadata', { path: at('one') }],
      ['fs/readDirectory', { path: at('one') }],
      ['fs/readDirectory', { path: at('plain') }],
    ]);
    await refusals(b, [
      ['fs/readFile', { path: at('missing') }],
      ['fs/readFile', { path: at('one') }],
      ['fs/readFile', { path: 'relative' }],
      ['fs/readFile', {}],
      ['fs/writeFile', { path: at('no/such/folder'), dataBase64: '' }],
      ['fs/writeFile', { path: at('bad'), dataBase64: 'not base64!' }],
      ['fs/createDirectory', { path: at('no/parent'), recursive: false }],
      ['fs/createDirectory', { path: at('plain'), recursive: false }],
      ['fs/getMetadata', { path: at('missing') }],
      ['fs/readDirectory', { path: at('there.txt') }],
      ['fs/remove', { path: at('missing'), force: false }],
      ['fs/remove', { path: at('one'), recursive: false }],
      ['fs/copy', { sourcePath: at('one'), destinationPath: at('four') }],
      ['fs/copy', { sourcePath: at('one'), destinationPath: at('one/inside'), recursive: true }],
      ['fs/copy', { sourcePath: at('missing'), destinationPath: at('four') }],
    ]);
    await calls(b, [
      ['fs/remove', { path: at('missing') }],
      ['fs/remove', { path: at('new.txt') }],
      ['fs/remove', { path: at('one') }],
    ]);
    await a.refused('fs/readDirectory', { path: at('one') });
  },
};
