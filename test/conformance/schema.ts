import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The methods of the protocol, as one build of Codex prints them. No name is in two of the lists. */
export interface Schema {
  readonly requests: readonly string[];
  readonly notifications: readonly string[];
  readonly serverRequests: readonly string[];
}

const run = promisify(execFile);

/** What that Codex itself says that it speaks, what is experimental and what is old included. */
export async function readSchema(codex: string): Promise<Schema> {
  const folder = await mkdtemp(path.join(tmpdir(), 'threadcast-schema-'));
  try {
    await run(codex, ['app-server', 'generate-ts', '--out', folder, '--experimental']);
    const [requests, notifications, serverRequests] = await Promise.all(
      ['ClientRequest', 'ServerNotification', 'ServerRequest'].map(async (name) =>
        methodsIn(await readFile(path.join(folder, `${name}.ts`), 'utf8')),
      ),
    );
    return {
      requests: requests ?? [],
      notifications: notifications ?? [],
      serverRequests: serverRequests ?? [],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function methodsIn(source: string): readonly string[] {
  return [...source.matchAll(/"method": "([^"]+)"/g)].map(([, method = '']) => method).toSorted();
}
