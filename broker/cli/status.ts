import { statusResult } from '../../protocol/schemas.js';
import type { StatusResult } from '../../protocol/schemas.js';
import type { StateDir } from '../ops/state-dir.js';
import { BrokerClient, runningUrl } from './broker-client.js';
import { print, printed, table } from './output.js';

/** Prints what runs, where, and who is attached; with `json` the answer of `broker/status`. @throws {CommandError} */
export async function status(stateDir: StateDir, { json }: { json: boolean }): Promise<void> {
  const client = await BrokerClient.connect(runningUrl(stateDir));
  const result = statusResult.parse(await client.call('broker/status', {}));
  client.close();
  print(json ? JSON.stringify(result) : describe(result));
  await printed();
}

function describe({ broker, runtime, listen, connections, threads }: StatusResult): string {
  const held = runtime.heldUpBy.map(
    (one) => `, held up by ${one.connectionId} for ${Math.round(one.ms / 1000)} s`,
  );
  return [
    `threadcast ${broker.version} (pid ${broker.pid}), up ${Math.round(broker.uptimeMs / 1000)} s`,
    `  runtime    ${runtime.label}, ${runtime.state}${held.join('')}`,
    ...listen.map((url) => `  listening  ${url}`),
    '',
    table(
      ['CLIENT', 'NAME', 'TRANSPORT', 'THREADS', 'PENDING BYTES'],
      connections.map((one) => [
        one.connectionId,
        one.clientName,
        one.transport,
        String(one.threads.length),
        String(one.pendingBytes),
      ]),
    ),
    '',
    table(
      ['THREAD', 'SUBSCRIBERS', 'OPEN REQUESTS'],
      threads.map((one) => [one.threadId, String(one.subscribers), String(one.openRequests)]),
    ),
  ].join('\n');
}
