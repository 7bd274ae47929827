/**
 * Answers approvals by a rule: what only reads is accepted, everything else is left to people.
 * `node approve.ts ws://127.0.0.1:4500 THREAD_ID`
 */
import { connect } from 'threadcast/client';
import type { RequestState } from 'threadcast/client';
import { nodeSocket } from 'threadcast/client/node';

const READS = /\b(rg|ls|cat|git (status|diff|log)|npm test)\b/;
const [url = '', threadId = ''] = process.argv.slice(2);
const client = connect({
  url,
  token: process.env['THREADCAST_TOKEN'] ?? null,
  clientInfo: { name: 'approve', version: '1.0.0' },
  kind: 'bot',
  socket: nodeSocket,
});
const thread = client.watch(threadId);

async function decide({ requestId, method, params }: RequestState): Promise<void> {
  const command = params['command'];
  const isRead = method === 'item/commandExecution/requestApproval' && READS.test(String(command));
  if (!isRead) return;
  const counted = await thread.answer(requestId, { decision: 'accept' });
  process.stdout.write(`${String(command)}: ${counted ? 'accepted' : 'answered elsewhere'}\n`);
}

const seen = new Set<string | number>();
thread.subscribe(() => {
  for (const request of thread.state.requests) {
    if (request.status !== 'open' || seen.has(request.requestId)) continue;
    seen.add(request.requestId);
    decide(request).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }
});
