import tap, { type Test } from 'tap';
import { text } from '../codex/json.js';
import { LONG, startBroker } from './broker.js';
import { Roamer, type CutPlan } from './roamer.js';
import { WireClient } from './wire-client.js';

/** The flood comes in turns, each when most of the last one has arrived: as fast as it is read, on any machine. */
const TURNS = LONG ? 250 : 50;
const TURN_EVENTS = 600;
const EVENTS = TURNS * TURN_EVENTS;
const CUTS_MIN = EVENTS / 100;
const CLIENTS = ['json', 'msgpack', 'json', 'msgpack', 'json', 'msgpack'] as const;
/** Entries from one cut to the next, at most; on average half as many. */
const CUT_ENTRIES_MAX = 800;
/** One rejoin of so many is cut off with its answer. */
const CUT_AT_ONCE = 10;
/** What a log of theirs holds: some thousand entries. */
const RING_BYTES = 2 * 1024 ** 2;
/** More entries than it holds, and less than the turns in a snapshot. */
const AWAY_ENTRIES = 6_000;
/** The absence that is as long as that, for each of them. */
const LONG_ABSENCE = 10;

/** The name that the thread gets at the end. */
const LAST = 'the last name';

const atRandom: CutPlan = (at) => {
  if (Math.random() * CUT_AT_ONCE < 1) return at;
  return at + Math.ceil(Math.random() * CUT_ENTRIES_MAX);
};

/** Comes back as often as it is cut off. */
async function roam(t: Test, url: string, roamer: Roamer, steady: Roamer): Promise<void> {
  while (!roamer.staying) {
    await roamer.visit(t, url);
    const back = roamer.at + AWAY_ENTRIES;
    if (roamer.cuts === LONG_ABSENCE)
      await roamer.keepAway(steady.until('progress', () => steady.staying || steady.at >= back));
  }
}

/** Turn after turn; between them something that everyone gets. */
async function flood(
  driver: WireClient,
  threadId: string,
  steady: Roamer,
  roamers: readonly Roamer[],
): Promise<void> {
  for (let turn = 1; turn <= TURNS; turn += 1) {
    await driver.call('turn/start', { threadId, input: [{ type: 'text', text: `turn ${turn}` }] });
    await steady.until(`turn ${turn}`, () => steady.turns === turn);
    await driver.call('thread/name/set', { threadId, name: turn === TURNS ? LAST : `turn ${turn}` });
    for (const one of roamers) await one.until('return', () => one.away || one.at >= steady.at - TURN_EVENTS);
  }
}

function check(t: Test, roamer: Roamer, steady: Roamer): void {
  for (const log of ['thread', 'lobby'] as const) {
    const [own, whole] = [roamer[log], steady[log]];
    t.strictSame(own.position, whole.position, `${roamer.name} has come to the end of the ${log}`);
    t.strictSame(own.faults(whole.position?.seq ?? 0), { lost: [], repeated: [] }, 'with every entry once');
  }
  t.strictSame(roamer.wrong, [], 'each message ended as its deltas had said');
  t.ok(sameTexts(roamer, steady), 'it has the same text as one that was there all along');
}

function sameTexts({ texts }: Roamer, steady: Roamer): boolean {
  return texts.size === steady.texts.size && [...steady.texts].every(([id, text]) => texts.get(id) === text);
}

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);

void tap.test('whoever is cut off again and again loses nothing and gets nothing twice', async (t) => {
  const { url } = await startBroker(
    t,
    { turnEvents: TURN_EVENTS, deltaBytes: 40 },
    { options: ['--ring-bytes', String(RING_BYTES)] },
  );
  const driver = await WireClient.connect(t, url, { name: 'driver' });
  const threadId = text(await driver.call('thread/start', {}), 'thread', 'id');
  const steady = new Roamer('steady', threadId, 'json', () => Infinity);
  const steadyVisit = steady.visit(t, url);
  await steady.until('its join', () => steady.thread.position !== null);

  const roamers = CLIENTS.map((wire, at) => new Roamer(`${wire} client ${at}`, threadId, wire, atRandom));
  const roaming = roamers.map(async (roamer) => await roam(t, url, roamer, steady));
  await flood(driver, threadId, steady, roamers);
  for (const one of [...roamers, steady]) one.stay();
  await Promise.all([...roaming, steadyVisit]);
  for (const one of [...roamers, steady])
    await one.until('the end', () => one.at === steady.at && one.title === LAST);

  t.ok(steady.at > EVENTS, `${steady.at} entries`);
  for (const roamer of roamers) check(t, roamer, steady);
  const rejoins = roamers.flatMap(({ recovered }) => recovered);
  const recovered = rejoins.filter(Boolean).length;
  const cuts = sum(roamers.map((each) => each.cuts));
  t.ok(cuts >= CUTS_MIN, `${cuts} cuts`);
  t.ok(recovered > rejoins.length / 2, `${recovered} of ${rejoins.length} rejoins recovered`);
  for (const { name, recovered } of roamers) t.ok(recovered.includes(false), `${name} has read a snapshot`);
  const lobbies = roamers.flatMap(({ lobbyRecovered }) => lobbyRecovered);
  t.notOk(lobbies.includes(false), `${lobbies.length} times the lobby was gone on with`);
});
