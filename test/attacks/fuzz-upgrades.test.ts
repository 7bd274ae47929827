/**
 * Strangers that ask for a WebSocket in any words, on real sockets. `THREADCAST_FUZZ_SEED` says where chance begins,
 * `THREADCAST_FUZZ_RUNS` how many come.
 */
import { connect } from 'node:net';
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
const LONG_MS_MAX = 30 * 60_000;

/** What a stranger may be told: that it was refused, and that what it wants to send may come. */
const REFUSALS = /^HTTP\/1\.1 (100|400|401|403|404|405|413|414|426|429|431|501|505) /;

/** All that somebody is told who sends that and says nothing more. */
function toldTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let told = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => socket.end(bytes));
    socket.on('data', (data) => (told += data.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(told));
  });
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
      for (let first = 0; first < runs; first += AT_ONCE) {
        const sent = Array.from({ length: AT_ONCE }, () => mutated(chance, drawnUpgrade(chance, stage.port)));
        stage.runtime.say(delta('t1', String(first)));
        const told = await Promise.all(sent.map((bytes) => toldTo(port, bytes)));
        const at = told.findIndex((each) => wrongIn(each) !== null);
        if (at !== -1) {
          t.comment(`Again: THREADCAST_FUZZ_SEED=${SEED}; ${JSON.stringify(sent[at]?.toString('latin1'))}`);
          t.fail(`told to a stranger: ${wrongIn(told[at] ?? '')}`);
          return;
        }
      }
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
