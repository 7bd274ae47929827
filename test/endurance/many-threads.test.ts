import tap from 'tap';
import { Memory, megabytes } from '../delivery/broker.js';
import { WireClient } from '../delivery/wire-client.js';
import { noCodex, setStage, startBroker } from '../real/stage.js';
import { typed } from '../conformance/scenarios/steps.js';
import { inTime } from '../support/deadline.js';
import { differencesOf, truthOf } from './held.js';
import { Person } from './person.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const THREADS = LONG ? 200 : 24;
const WIRES = ['stock', 'json', 'stock', 'msgpack'] as const;
const WORDS = 40;
/** What the broker may need for a thread that runs, with its log, at its peak; and besides, to warm up. */
const THREAD_BYTES_MAX = 512 * 1024;
const WARM_UP_BYTES_MAX = 100 * 1024 * 1024;

/** Resolves once that holds: looked at whenever this person hears something. */
async function until(person: Person, holds: () => boolean, what: () => string): Promise<void> {
  const event = new Promise<void>((resolve) => {
    person.onHeard = () => {
      if (holds()) resolve();
    };
    person.onHeard();
  });
  await inTime(event, what);
}

void tap.test(
  'many threads run at once, and everybody is live on all of them',
  { skip: noCodex },
  async (t) => {
    const stage = await setStage(t);
    stage.model.script = (turn) => turn.say(...Array.from({ length: WORDS }, (_, at) => `w${at} `));
    const { cli, url } = await startBroker(t, stage);
    const memory = new Memory(cli.pid);
    memory.begin();
    const people = WIRES.map((wire, at) => new Person(t, url, { name: `${wire} ${at}`, wire }));
    for (const person of people) await person.come();

    const threads: string[] = [];
    for (let at = 0; at < THREADS; at += 1) {
      const threadId = await people[at % people.length]?.create('thread/start', { cwd: stage.home.work });
      threads.push(threadId ?? '');
      // A thread without a turn cannot be resumed.
      await people[at % people.length]?.call('turn/start', {
        threadId: threadId ?? '',
        input: typed('first'),
      });
    }
    for (const person of people) {
      await until(
        person,
        () => threads.every((threadId) => person.statuses.get(threadId) === 'idle'),
        () => `the first turns, ${person.name}`,
      );
      for (const threadId of threads) await person.show(threadId);
    }

    await Promise.all(
      threads.map(async (threadId, at) => {
        await people[(at + 1) % people.length]?.call('turn/start', { threadId, input: typed('all at once') });
      }),
    );
    const judge = await WireClient.connect(t, url, { name: 'judge', wire: 'stock' });
    for (const person of people) {
      await until(
        person,
        () => threads.every((threadId) => ended(person, threadId) === 2),
        () => `the ends of the turns, ${person.name}`,
      );
      t.strictSame(person.faults, [], `${person.name}: nothing that cannot be`);
      for (const threadId of threads) {
        const held = person.open.get(threadId);
        const wrong = held ? differencesOf(held.state, await truthOf(judge, threadId)) : ['it is not open'];
        if (wrong.length > 0)
          t.strictSame(wrong, [], `${person.name} holds what the server says of ${threadId}`);
      }
    }
    const allowed = THREADS * THREAD_BYTES_MAX + WARM_UP_BYTES_MAX;
    t.ok(memory.grownBytes() < allowed, `${THREADS} threads, grown by ${megabytes(memory.grownBytes())}`);
  },
);

function ended(person: Person, threadId: string): number {
  const turns = [...(person.open.get(threadId)?.state.turns.values() ?? [])];
  return turns.filter(({ status }) => status === 'completed').length;
}
