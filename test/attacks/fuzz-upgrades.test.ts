/**
 * Strangers that ask for a WebSocket in any words, on real sockets. `THREADCAST_FUZZ_SEED` says where chance begins,
 * `THREADCAST_FUZZ_RUNS` how many come.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';
import type { StatusResult } from '../../protocol/schemas.js';
import { delta } from '../support/in-memory.js';
import { Caller } from './caller.js';
import { Chance } from './chance.js';
import { mutated } from './mutation.js';
import { Stage, serverKinds } from './stage.js';
import { drawnUpgrade } from './upgrades.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const SEED = Number(process.env['THREADCAST_FUZZ_SEED'] ?? 20_251_121);
const RUNS = Number(process.env['THREADCAST_FUZZ_RUNS'] ?? (LONG ? 20_000 : 500));
/** Strangers at one time. */
const AT_ONCE = 20;
/** What lies between what somebody sends and the answer to it. */
const TURNS = 4;
const LONG_MS_MAX = 30 * 60_000;

/** What a stranger may be told: that it was refused, and that what it wants to send may come. */
const REFUSALS = /^HTTP\/1\.1 (100|400|401|403|404|405|413|414|426|429|431|501|505) /;

/** As it should be but for the token, odd, or broken. */
function drawn(chance: Chance, port: string): Buffer {
  const upgrade = drawnUpgrade(chance, port);
  return chance.percent(50) ? upgrade : mutated(chance, upgrade);
}

/** Somebody who sends that and says nothing more. */
class Stranger {
  told = '';
  readonly sent: Buffer;
  /** It is on its way to the server. */
  readonly written: Promise<void>;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;

  constructor(port: number, sent: Buffer) {
    this.sent = sent;
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.on('data', (data) => (this.told += data.toString('latin1')));
    this.#socket.on('error', () => {});
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.written = new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.write(sent, () => resolve());
    });
  }

  async leave(): Promise<void> {
    this.#socket.end();
    await this.#closed;
  }
}

/** What is wrong with an answer to a stranger; null where nothing is. */
function wrongIn(told: string): string | null {
  const heads = told.split(/(?=HTTP\/1\.1 \d{3} )/).filter((part) => part !== '');
  const wrong = heads.find((head) => !REFUSALS.test(head));
  return wrong === undefined ? null : wrong.slice(0, 200);
}

t.setTimeout(LONG_MS_MAX);
for (const kind of serverKinds)
  t.test(
    `whoever shows no token is refused, whatever it sends (${kind.name})`,
    { timeout: LONG_MS_MAX },
    async (t) => {
      const stage = await Stage.open(t, { kind });
      const bystander = await subscribed(t, stage);
      const chance = new Chance(SEED);
      const port = Number(stage.port);
      const runs = Math.ceil(RUNS / serverKinds.length);
      let answered = 0;
      for (let first = 0; first < runs; first += AT_ONCE) {
        const strangers = Array.from(
          { length: AT_ONCE },
          () => new Stranger(port, drawn(chance, stage.port)),
        );
        stage.runtime.say(delta('t1', String(first)));
        await Promise.all(strangers.map(({ written }) => written));
        // The server has turned to each of them by then: it takes them in, reads, and answers.
        for (let turn = 0; turn < TURNS; turn += 1) await bystander.heard();
        await Promise.all(strangers.map(async (each) => each.leave()));
        answered += strangers.filter(({ told }) => told !== '').length;
        const wrong = strangers.find(({ told }) => wrongIn(told) !== null);
        if (wrong !== undefined) {
          t.comment(`Again: THREADCAST_FUZZ_SEED=${SEED}; ${JSON.stringify(wrong.sent.toString('latin1'))}`);
          t.fail(`told to a stranger: ${wrongIn(wrong.told)}`);
          return;
        }
      }
      t.ok(answered > runs / 2, 'most were told that they are refused');
      const heard = bystander.received.flatMap(({ params }) => params?.['delta'] ?? []);
      const status = (await bystander.call('broker/status')).result as StatusResult;
      t.equal(status.connections.length, 1, 'nobody has come in');
      t.same(
        heard,
        Array.from({ length: Math.ceil(runs / AT_ONCE) }, (_, i) => String(i * AT_ONCE)),
      );
      t.same(
        stage.runtime.received.map(({ method }) => method),
        ['thread/resume'],
      );
    },
  );

/** A client that is there all the time. */
async function subscribed(t: Test, stage: Stage): Promise<Caller> {
  const caller = await Caller.connect(t, stage.url, stage.token.token);
  const id = caller.ask('thread/resume', { threadId: 't1' });
  await caller.heard();
  stage.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await caller.answered(id);
  return caller;
}
