import t from 'tap';
import { History, type TurnFacts } from '../../broker/demo/history.js';
import { agentMessage, type Item } from '../../broker/demo/items.js';
import { HISTORY_BYTES_MAX } from '../../broker/demo/limits.js';

const MIB = 1024 * 1024;
const TURNS = 10;

function facts(id: string, status: TurnFacts['status'] = 'completed'): TurnFacts {
  return { id, rootTurnId: id, status, error: null, startedAt: 1, completedAt: 2, durationMs: 1_000 };
}

function item(id: string, bytes = 1): Item {
  return { ...agentMessage(id, 'x'.repeat(bytes)), startedAtMs: 1, completedAtMs: 2_500 };
}

const ordinals = (positions: readonly { readonly ordinal: number }[]): number[] => {
  return positions.map(({ ordinal }) => ordinal);
};

t.test('a history that has grown too large loses its oldest turns', (t) => {
  const history = new History();
  for (let i = 0; i < TURNS; i += 1) {
    history.turn(facts(`turn-${i}`));
    history.item(item(`item-${i}`, 4 * MIB));
  }
  t.ok(history.bytes <= HISTORY_BYTES_MAX);
  t.strictSame(
    history.turns('notLoaded').map(({ value }) => (value as { id: string }).id),
    ['turn-7', 'turn-8', 'turn-9'],
  );
  t.strictSame(ordinals(history.turns('notLoaded')), [14, 16, 18], 'places of what is left stay the same');
  t.strictSame(ordinals(history.items(null)), [15, 17, 19]);
  t.end();
});

t.test('a turn that is too large alone loses its oldest items', (t) => {
  const history = new History();
  history.turn(facts('only', 'inProgress'));
  for (let i = 0; i < TURNS; i += 1) history.item(item(`item-${i}`, 4 * MIB));
  t.ok(history.bytes <= HISTORY_BYTES_MAX);
  t.equal(history.items('only').length, 3);
  t.equal(history.lastTurnId(), 'only');
  t.end();
});

t.test('turns without items count, too', (t) => {
  const history = new History();
  for (let i = 0; i < 66_000; i += 1) history.turn(facts(`turn-${i}`));
  t.ok(history.turns('notLoaded').length < 66_000);
  t.end();
});

t.test('lines that are read again give the same history', (t) => {
  const history = new History();
  history.turn(facts('one', 'inProgress'));
  history.item(item('a'));
  history.turn(facts('one', 'failed'));
  history.turn(facts('two'));
  const again = History.read(history.lines().join('\n'), () => t.fail('no line is odd'));
  t.strictSame(again.turns('full'), history.turns('full'));
  t.equal(again.bytes, history.bytes);
  t.end();
});

t.test('a running turn that is read again was interrupted at its last item', (t) => {
  const history = new History();
  history.turn({ ...facts('one', 'inProgress'), completedAt: null, durationMs: null });
  history.item(item('a'));
  const [turn] = History.read(history.lines().join('\n'), () => {}).turns('full');
  t.match(turn?.value, { status: 'interrupted', completedAt: 2, durationMs: 1_500 });
  t.end();
});
