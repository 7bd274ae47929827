import { open } from 'lmdb';
import { checkAudit } from './audit-trail.js';
import { checkPages } from './file-pages.js';
import { readHeader, readKept, UnfitFile } from './store-records.js';
import type { Records } from './store-records.js';

/**
 * A program that reads a store and writes nothing: `check-store PATH SCHEMA`, SCHEMA the newest that is known.
 * It ends with 0 when the store can be used; else with 1 and the reason on stdout, or by a signal of lmdb's.
 */
const [path = '', schema = ''] = process.argv.slice(2);

function check(): void {
  checkPages(path);
  const records: Records = open<string>(path, { noSubdir: true, readOnly: true, encoding: 'string' });
  const header = readHeader(records);
  if (header === null) return;
  if (header.schema > Number(schema))
    throw new UnfitFile(`a newer version wrote it (schema ${header.schema}): install that version`);
  if (header.schema < Number(schema)) return;
  readKept(records);
  checkAudit(records);
}

try {
  check();
} catch (error) {
  process.stdout.write(error instanceof UnfitFile ? error.message : `it is damaged (${String(error)})`);
  process.exitCode = 1;
}
