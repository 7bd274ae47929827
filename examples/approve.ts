/**
 * Answers approvals by a list: these commands, word for word, are accepted, everything else is left to people. (A rule
 * that looks for words in a command accepts `rm -rf x; ls`, too.)
 * `node approve.ts ws://127.0.0.1:4500 THREAD_ID`
 */
import { connect } from 'threadcast/client';
import type { RequestState } from 'threadcast/client';
import { nodeSocket } from 'threadcast/client/node';

const ACCEPTED: ReadonlySet<unknown> = new Set(['ls', 'git status', 'npm test', 'npm run build && npm test']);
/** The runtime hands a command to a shell, and quotes it only where it has more than one word. */
const IN_SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z)?sh -l?c (?:'([^']*)'|([\w./-]+))$/;
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
  const command = String(params['command']);
  const [, quoted, word] = IN_SHELL.exec(command) ?? [];
  const isAccepted =
    method === 'item/commandExecution/requestApproval' && ACCEPTED.has(quoted ?? word ?? command);
  if (!isAccepted) return;
  const counted = await thread.answer(requestId, { decision: 'accept' });
  process.stdout.write(`${command}: ${counted ? 'accepted' : 'answered elsewhere'}\n`);
}

const seen = new Set<string | number>();
thread.subscribe(() => {
  for (const request of thread.state.requests) {
    if (request.status !== 'open' || seen.has(request.requestId)) continue;
    seen.add(request.requestId);
    decide(request).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }
});
