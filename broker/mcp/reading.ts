import { LRUCache } from 'lru-cache';
import { AnsweredError, type BrokerClient } from '../cli/broker-client.js';
import { lineOf, readThread, type AttachedThread } from './attached-threads.js';
import { describeTurns, joined, turnsPage, type Turn, type TurnsPage } from './history.js';
import { CURSORS_MAX } from './limits.js';

/** Histories of attached threads, page by page. The runtime's cursors are long: a model gets short names for them. */
export class Reading {
  readonly #cursors = new LRUCache<string, { readonly threadId: string; readonly cursor: string }>({
    max: CURSORS_MAX,
  });
  #lastCursor = 0;

  /** The newest turns, or those before a cursor, in words. @throws {Error} */
  async page(
    client: BrokerClient,
    attached: AttachedThread,
    { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
  ): Promise<string> {
    const { threadId } = attached;
    const before = cursor === undefined ? null : this.#find(cursor, threadId);
    const { title, status, isRunning } = await readThread(client, threadId);
    const { data, nextCursor } = await turnsBefore(client, threadId, before, limit);
    const running = before === null && isRunning ? await runningTurn(client, threadId) : null;
    const turns = data.filter(({ id }) => id !== running?.id).toReversed();
    if (running !== null) turns.push(running);
    const older = nextCursor === undefined || nextCursor === null ? null : this.#name(threadId, nextCursor);
    return [
      `${lineOf(attached)}${title === '' ? '' : `, titled ${title}`}`,
      `Status: ${status}`,
      older === null ? 'Older turns: none' : `Older turns: cursor ${older}`,
      '',
      turns.length === 0 ? 'It has no turns yet.' : describeTurns(turns),
    ].join('\n');
  }

  #name(threadId: string, cursor: string): string {
    this.#lastCursor += 1;
    const name = `older-${this.#lastCursor}`;
    this.#cursors.set(name, { threadId, cursor });
    return name;
  }

  #find(name: string, threadId: string): string {
    const found = this.#cursors.get(name);
    if (found?.threadId === threadId) return found.cursor;
    throw new Error(
      `The cursor ${JSON.stringify(name)} is not, or no longer, one of this thread; read without it`,
    );
  }
}

/** What a runtime says of a thread that has been given nothing to do. */
const NO_TURNS_YET = /not materialized|no rollout found/i;

async function turnsBefore(
  client: BrokerClient,
  threadId: string,
  cursor: string | null,
  limit: number,
): Promise<TurnsPage> {
  const params = { threadId, cursor, limit, itemsView: 'full' };
  try {
    return turnsPage.parse(await client.call('thread/turns/list', params));
  } catch (error) {
    if (error instanceof AnsweredError && NO_TURNS_YET.test(error.message)) return { data: [] };
    throw error;
  }
}

/** The turn that runs, with what has been said in it so far; null where it has ended meanwhile. */
async function runningTurn(client: BrokerClient, threadId: string): Promise<Turn | null> {
  const { snapshot } = joined.parse(await client.call('broker/thread/join', { threadId }));
  return snapshot.thread.turns.findLast(({ status }) => status === 'inProgress') ?? null;
}
