import { RESTART_MS_MIN } from '../../protocol/limits.js';
import { InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';

/** What t1 runs with, as a resume is answered. */
export const RUNS_WITH = { thread: { id: 't1', status: { type: 'idle' } }, model: 'm', cwd: '/x' };

/** The runtime ends, and another one has answered `initialize`. */
export async function restart(memory: InMemory, tried = 0): Promise<void> {
  memory.runtime.received.length = 0;
  memory.runtime.exit('it fell over');
  await settled();
  memory.advance(RESTART_MS_MIN * 2 ** tried);
  await settled();
}

/** Every resume of the broker's own is answered, those that follow from it too. */
export async function answerResumes(
  memory: InMemory,
  answer: object = { result: RUNS_WITH },
): Promise<Message[]> {
  const answered: Message[] = [];
  for (;;) {
    const open = memory.runtime.received.filter(
      (one) => one.method === 'thread/resume' && !answered.includes(one),
    );
    if (open.length === 0) return answered;
    memory.runtime.say(...open.map(({ id }) => ({ id, ...answer })));
    answered.push(...open);
    await settled();
  }
}

/** A broker whose client is subscribed to t1, which is known to run with these settings. */
export async function watched(
  answer: object = RUNS_WITH,
  wire?: 'json',
): Promise<{ readonly memory: InMemory; readonly client: MemoryClient }> {
  const memory = await InMemory.start();
  const client = await memory.client(undefined, wire);
  client.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', answer);
  await settled();
  client.received.length = 0;
  memory.runtime.received.length = 0;
  return { memory, client };
}
