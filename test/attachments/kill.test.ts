/**
 * A broker that is killed, again and again, while clients change what it keeps. Where chance begins:
 * `THREADCAST_KILL_SEED`.
 */
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { webSocketUrl } from '../../broker/runtime/socket.js';
import { text } from '../codex/json.js';
import { command, says, socketPath, tempDir } from '../cli/broker.js';
import { WireClient } from '../delivery/wire-client.js';
import type { Cli } from '../support/cli.js';
import { inTime } from '../support/deadline.js';
import { faultsOf } from './kill-faults.js';
import { find, type Found } from './kill-found.js';
import { Ledger } from './kill-ledger.js';
import { NEVER, plans, type Plan } from './kill-plan.js';
import { Killer, Worker } from './kill-worker.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const SEED = Number(process.env['THREADCAST_KILL_SEED'] ?? 20_251_121);
const KILLS = LONG ? 200 : 20;
/** Brokers that are killed at the same time: a start takes one processor most of a second. */
const LANES = 2;
const CLIENTS = 6;
const THREADS = 32;
const EVERY_KIND = ['created', 'deleted', 'message', 'refused', 'reply', 'stateChanged'];
const MS_MAX = 20 * 60_000;
t.setTimeout(MS_MAX);
t.jobs = LANES;

/** One state dir, over the lives of its brokers. */
class Lane {
  readonly ledger = new Ledger();
  #threadIds: readonly string[] = [];
  #lives = 0;
  /** How many messages were to be sent in earlier lives. */
  #sentBefore = 0;
  readonly #t: Test;
  readonly #stateDir: string;

  constructor(t: Test) {
    this.#t = t;
    this.#stateDir = tempDir(t);
  }

  get #url(): string {
    return `unix://${socketPath(this.#stateDir)}`;
  }

  async start(): Promise<Cli> {
    const demo = ['--demo', '--demo-args', '--pace 0 --turn-events 3'];
    const cli = command(this.#t, ['--state-dir', this.#stateDir, '--listen', this.#url, ...demo]);
    await says(cli, /attach/);
    this.#lives += 1;
    return cli;
  }

  /** A client of this life. */
  async connect(name: string): Promise<WireClient> {
    return await WireClient.connect(this.#t, webSocketUrl(this.#url), { name: this.#named(name) });
  }

  /** Threads in which something has been said. */
  async makeThreads(): Promise<void> {
    const client = await this.connect('maker');
    const made = Array.from({ length: THREADS }, async () => {
      const threadId = text(await client.call('thread/start', { cwd: '/' }), 'thread', 'id');
      await client.call('turn/start', { threadId, input: [{ type: 'text', text: 'hello' }] });
      return threadId;
    });
    this.#threadIds = await Promise.all(made);
    client.cut();
  }

  /** What is there. */
  async look(): Promise<Found> {
    const client = await this.connect('looker');
    const found = await find(client, this.#threadIds);
    client.cut();
    this.ledger.archived.clear();
    for (const threadId of found.archived) this.ledger.archived.add(threadId);
    return found;
  }

  /** Sends again what was not answered, and the last that was: a client that has heard nothing does that. */
  async sendAgain(cli: Cli): Promise<void> {
    const { ledger } = this;
    const sendings = [...ledger.sendings].slice(this.#sentBefore);
    this.#sentBefore = ledger.sendings.size;
    const name = this.#named('repeater');
    const killer = new Killer(cli, NEVER);
    const repeater = new Worker(name, await this.connect('repeater'), {
      killer,
      ledger,
      threadIds: this.#threadIds,
    });
    for (const [words, sending] of sendings.filter(([, { answer }]) => answer === null))
      await repeater.send(words, sending);
    const [words, sent] =
      sendings.findLast(([, { answer }]) => answer !== null && answer !== 'refused') ?? [];
    if (words === undefined || sent === undefined) return;
    await repeater.send(words, sent);
    assert.deepEqual(ledger.sendings.get(words)?.answer, sent.answer, 'it is not sent again');
  }

  /** What is there once all messages have their replies. */
  async replied(): Promise<Found> {
    for (;;) {
      const found = await this.look();
      const count = (kind: string): number => found.ofParents.filter((entry) => entry.kind === kind).length;
      if (count('reply') === count('message')) return found;
    }
  }

  /** Clients at work, until the broker is killed. */
  async work(cli: Cli, plan: Plan): Promise<void> {
    const killer = new Killer(cli, plan.killAt);
    const names = Array.from({ length: CLIENTS }, (_, at) => `worker ${at}`);
    const clients = await Promise.all(names.map(async (name) => await this.connect(name)));
    const file = join(this.#stateDir, 'store.lmdb');
    const written = watch(file, { persistent: false }, () => killer.happened('written'));
    const shared = { killer, ledger: this.ledger, threadIds: this.#threadIds };
    const workers = clients.map((client, at) => new Worker(this.#named(names[at] ?? ''), client, shared));
    const each = Math.floor(plan.deeds.length / CLIENTS);
    await Promise.all(workers.map(async (worker, at) => await worker.work(plan, at * each)));
    await cli.exits();
    written.close();
  }

  /** A client is known by its name: one is there in one life only. */
  #named(name: string): string {
    return `${name} of life ${this.#lives}`;
  }
}

/** Kills, starts and looks; the start that looks at what one life has left begins the next. */
async function kill(t: Test, seed: number): Promise<void> {
  const lane = new Lane(t);
  for (const [kills, plan] of plans(seed, KILLS / LANES).entries()) {
    const cli = await lane.start();
    if (kills === 0) await lane.makeThreads();
    const faults = faultsOf(await lane.look(), lane.ledger);
    if (!t.strictSame(faults, [], `after ${kills} kills`)) return;
    await lane.sendAgain(cli);
    if (!t.strictSame(faultsOf(await lane.look(), lane.ledger), [], 'what was sent again')) return;
    await lane.work(cli, plan);
  }
  await lane.start();
  const last = await inTime(lane.replied(), () => 'replies');
  t.strictSame(faultsOf(last, lane.ledger), [], 'after the last one');
  const kinds = new Set(last.ofParents.map((entry) => entry.kind));
  t.strictSame([...kinds].toSorted(), EVERY_KIND, 'there was all of it');
}

for (const seed of Array.from({ length: LANES }, (_, lane) => SEED + lane)) {
  void t.test('what was answered outlives the broker, all else is there whole or not at all', async (t) => {
    await kill(t, seed);
  });
}
