import { z } from 'zod';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { cell } from './one-line.js';
import { print, printed, table } from './output.js';

const page = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().nullish(),
      preview: z.string().nullish(),
      cwd: z.string().nullish(),
      updatedAt: z.number().nullish(),
      status: z.looseObject({ type: z.string() }).nullish(),
    }),
  ),
  nextCursor: z.string().nullish(),
});

const THREADS_SHOWN_MAX = 50;

/** Prints the newest threads, a line each; with `json` as the runtime gave them. @throws {CommandError} */
export async function threads(stateDir: StateDir, { json }: { json: boolean }): Promise<void> {
  const client = await BrokerClient.connect(runningBroker(stateDir));
  const { data } = page.parse(await client.call('thread/list', { limit: THREADS_SHOWN_MAX }));
  client.close();
  if (json) for (const thread of data) print(JSON.stringify(thread));
  else {
    const rows = data.map((thread) => [
      thread.id,
      thread.status?.type ?? '',
      thread.updatedAt ? new Date(thread.updatedAt * 1000).toISOString().slice(0, 16).replace('T', ' ') : '',
      cell(thread.name ?? thread.preview ?? ''),
    ]);
    print(table(['THREAD', 'STATUS', 'UPDATED', 'TITLE'], rows));
  }
  await printed();
}
