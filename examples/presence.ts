/** Prints who is here, and the threads in which somebody is waited for: `node presence.ts ws://127.0.0.1:4500` */
import { connect, isWaiting } from 'threadcast/client';
import { nodeSocket } from 'threadcast/client/node';

const [url = ''] = process.argv.slice(2);
const client = connect({
  url,
  token: process.env['THREADCAST_TOKEN'] ?? null,
  clientInfo: { name: 'presence', version: '1.0.0' },
  kind: 'bot',
  socket: nodeSocket,
});

client.presence.subscribe(() => {
  const names = client.presence.state.map(({ clientName, kind }) => `${clientName} (${kind ?? 'unknown'})`);
  process.stdout.write(`here: ${names.join(', ')}\n`);
});
const list = client.list();
list.subscribe(() => {
  for (const thread of list.state.threads.filter(isWaiting))
    process.stdout.write(`waits: ${thread.name ?? thread.preview} (${thread.id})\n`);
});
client.connection.subscribe(() => {
  const { status, lastCut } = client.connection.state;
  process.stderr.write(`${status}${lastCut === null ? '' : `, last cut: ${lastCut.reason}`}\n`);
});
