/**
 * Tries to have the claim FILE until it is killed: `node claim-worker.ts FILE PORT`. Once it has it, it says `held`, or
 * `not alone` where another process listens on the port, which one that was killed does no more.
 */
import { createServer } from 'node:net';
import { Claim } from '../../broker/ops/claim.js';

const [file = '', port = ''] = process.argv.slice(2);
const claim = new Claim(file);
/** The processor is for those that have something to do. */
const RETRY_MS = 1;

function attempt(): void {
  if (claim.take() !== null) {
    setTimeout(attempt, RETRY_MS);
    return;
  }
  const server = createServer();
  server.once('error', () => process.stdout.write('not alone\n'));
  server.listen(Number(port), '127.0.0.1', () => process.stdout.write('held\n'));
}

process.stdout.write('tries\n');
attempt();
