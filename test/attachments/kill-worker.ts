import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { attachment, sendResult } from '../../protocol/attachments.js';
import { member, text, type JsonObject } from '../codex/json.js';
import { Refused, type WireClient } from '../delivery/wire-client.js';
import type { Cli } from '../support/cli.js';
import type { Ledger, Sending } from './kill-ledger.js';
import type { Deed, KillAt, Plan } from './kill-plan.js';

/** Kills a process when the event comes. */
export class Killer {
  done = false;
  readonly #pid: number | undefined;
  readonly #at: KillAt;
  #count = 0;

  constructor({ pid }: Cli, at: KillAt) {
    this.#pid = pid;
    this.#at = at;
  }

  happened(event: KillAt['event']): void {
    if (event !== this.#at.event) return;
    this.#count += 1;
    if (this.#count === this.#at.count) void this.#kill();
  }

  async #kill(): Promise<void> {
    for (let turn = 0; turn < this.#at.turns; turn += 1) await setImmediate();
    this.done = true;
    assert(this.#pid !== undefined);
    process.kill(this.#pid, 'SIGKILL');
  }
}

/** An answer; null where the broker was killed before it came. */
type Answer = { readonly result: unknown } | { readonly reason: string } | null;

/** A client that does one thing after the other until the broker is killed, and writes down what it is answered. */
export class Worker {
  readonly #name: string;
  readonly #client: WireClient;
  readonly #killer: Killer;
  readonly #ledger: Ledger;
  readonly #threadIds: readonly string[];

  constructor(
    name: string,
    client: WireClient,
    { killer, ledger, threadIds }: { killer: Killer; ledger: Ledger; threadIds: readonly string[] },
  ) {
    this.#name = name;
    this.#client = client;
    this.#killer = killer;
    this.#ledger = ledger;
    this.#threadIds = threadIds;
  }

  /** Goes through the plan from there on, again and again. */
  async work({ deeds }: Plan, from: number): Promise<void> {
    for (let at = from; !this.#killer.done; at += 1) {
      const deed = deeds[at % deeds.length];
      assert(deed);
      await this.#do(deed);
    }
  }

  async #do(deed: Deed): Promise<void> {
    const { edges } = this.#ledger;
    const edge = edges[deed.one % edges.length];
    if (deed.does === 'archive') await this.#archive(deed.flag ? edge?.childThreadId : undefined);
    else if (deed.does === 'create' || edge === undefined) await this.#create(deed);
    else if (deed.does === 'delete') await this.#delete(edge.attachmentId);
    else await this.#send(edge.attachmentId, deed.flag ? 'parent' : 'child');
  }

  async #create({ one, other, flag }: Deed): Promise<void> {
    const method = 'thread/attachment/create';
    const roleLabel = this.#ledger.newName();
    const ends = { parentThreadId: this.#thread(one), childThreadId: this.#thread(other) };
    const params = { ...ends, roleLabel, deliverReplies: flag };
    const creation = { by: this.#name, params, answer: null };
    this.#ledger.creations.set(roleLabel, creation);
    const answer = await this.#ask(method, params);
    if (answer === null) return;
    const isRefused = 'reason' in answer;
    if (isRefused) this.#ledger.refused(this.#name, method, answer.reason);
    const created = isRefused ? 'refused' : attachment.parse(Object(answer.result).attachment);
    this.#ledger.creations.set(roleLabel, { ...creation, answer: created });
  }

  async #delete(attachmentId: string): Promise<void> {
    const { deletions } = this.#ledger;
    deletions.set(attachmentId, deletions.get(attachmentId) ?? false);
    const answer = await this.#ask('thread/attachment/delete', { attachmentId });
    if (answer !== null && 'result' in answer) deletions.set(attachmentId, true);
  }

  async #send(attachmentId: string, from: 'parent' | 'child'): Promise<void> {
    const words = this.#ledger.newName();
    const input = [{ type: 'text', text: words }];
    const params = { attachmentId, from, input, clientUserMessageId: words };
    await this.send(words, { by: [], params, answer: null });
  }

  /** Sends it, or what may have been sent already. */
  async send(words: string, { by, params }: Sending): Promise<void> {
    const method = 'broker/attachment/send';
    const sending = { by: [...by, this.#name], params, answer: null };
    this.#ledger.sendings.set(words, sending);
    const answer = await this.#ask(method, params);
    if (answer === null) return;
    const isRefused = 'reason' in answer;
    if (isRefused) this.#ledger.refused(this.#name, method, answer.reason);
    const sent = isRefused ? 'refused' : sendResult.parse(answer.result);
    this.#ledger.sendings.set(words, { ...sending, answer: sent });
  }

  /** Or back, where it is there, or whatever is there longest. Two clients that do it at once are no fault. */
  async #archive(chosen: string | undefined): Promise<void> {
    const { archived } = this.#ledger;
    const threadId = chosen ?? [...archived][0];
    if (threadId === undefined) return;
    const isArchived = archived.delete(threadId);
    if (!isArchived) archived.add(threadId);
    await this.#ask(isArchived ? 'thread/unarchive' : 'thread/archive', { threadId });
  }

  async #ask(method: string, params: JsonObject): Promise<Answer> {
    const asked = this.#client.call(method, params);
    this.#killer.happened('asked');
    try {
      const result = await asked;
      this.#killer.happened('answered');
      return { result };
    } catch (error) {
      if (error instanceof Refused) {
        this.#killer.happened('answered');
        const reason = member(error.error, 'data', 'reason');
        return { reason: typeof reason === 'string' ? reason : text(error.error, 'message') };
      }
      if (!this.#killer.done) throw error;
      return null;
    }
  }

  #thread(number: number): string {
    const threadId = this.#threadIds[number % this.#threadIds.length];
    assert(threadId !== undefined);
    return threadId;
  }
}
