import assert from 'node:assert';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { Graph } from '../../broker/attachments/graph.js';
import type { EdgeQuery } from '../../broker/attachments/graph.js';
import type { StoredAttachment } from '../../broker/attachments/store.js';
import { attachmentStates } from '../../protocol/attachments.js';
import { ATTACHMENTS_MAX, DETACHED_MAX } from '../../protocol/limits.js';
import { edge } from './edge.js';

const everything: EdgeQuery = {
  parentThreadId: null,
  childThreadId: null,
  states: new Set(attachmentStates),
  after: 0,
  limit: 100,
};

const numbersOf = (edges: readonly StoredAttachment[]): number[] => edges.map(({ number }) => number);

/** The numbers that a list gives, and whether there are more. */
function listed(graph: Graph, query: Partial<EdgeQuery> = {}): [numbers: number[], more: boolean] {
  const { edges, more } = graph.list({ ...everything, ...query });
  return [numbersOf(edges), more];
}

t.test('what cannot be added', async (t) => {
  const graph = new Graph([edge(1, 'a', 'b'), edge(2, 'b', 'c'), edge(3, 'x', 'y')]);
  t.equal(graph.refusal('a', 'b'), 'duplicate');
  t.equal(graph.refusal('x', 'b'), 'childAlreadyAttached');
  t.equal(graph.refusal('b', 'a'), 'cycle', 'the child is the parent of the parent');
  t.equal(graph.refusal('c', 'a'), 'cycle', 'at a distance');
  t.equal(graph.refusal('c', 'b'), 'childAlreadyAttached', 'comes before the cycle');
  t.equal(graph.refusal('c', 'x'), null);
  t.equal(graph.refusal('x', 'a'), null, 'another tree');
  t.equal(graph.refusal('a', 'new'), null, 'a second child');
  t.equal(graph.refusal('new', 'newer'), null);
});

t.test('a cycle is seen at any depth', async (t) => {
  const chain = Array.from({ length: ATTACHMENTS_MAX }, (_, i) => edge(i + 1, `t${i}`, `t${i + 1}`));
  const graph = new Graph(chain);
  t.equal(graph.refusal(`t${ATTACHMENTS_MAX}`, 't0'), 'cycle');
  t.equal(graph.refusal(`t${ATTACHMENTS_MAX - 1}`, 't0'), 'cycle');
  t.equal(graph.refusal(`t${ATTACHMENTS_MAX}`, 'new'), null);
  graph.put(edge(ATTACHMENTS_MAX / 2, `t${ATTACHMENTS_MAX / 2 - 1}`, `t${ATTACHMENTS_MAX / 2}`, 'archived'));
  t.equal(graph.refusal(`t${ATTACHMENTS_MAX}`, 't0'), null, 'the chain is broken in the middle');
  t.equal(graph.refusal(`t${ATTACHMENTS_MAX}`, `t${ATTACHMENTS_MAX / 2}`), 'cycle', 'behind the break');
});

t.test('only active edges stand in the way of others', async (t) => {
  for (const state of ['archived', 'detached'] as const) {
    const graph = new Graph([edge(1, 'a', 'b', state)]);
    t.equal(graph.refusal('a', 'b'), null, `duplicate of one that is ${state}`);
    t.equal(graph.refusal('x', 'b'), null, `child of one that is ${state}`);
    t.equal(graph.refusal('b', 'a'), null, `cycle through one that is ${state}`);
    graph.put(edge(1, 'a', 'b'));
    t.equal(graph.refusal('b', 'a'), 'cycle');
    graph.put(edge(1, 'a', 'b', state));
    graph.put(edge(2, 'b', 'a'));
    t.equal(graph.refusal('b', 'a'), 'duplicate');
    t.equal(graph.refusal('a', 'b'), 'cycle');
  }
});

t.test('a second active parent, or edges in a circle, are bugs that are seen', async (t) => {
  const graph = new Graph([edge(1, 'a', 'b'), edge(2, 'b', 'a'), edge(3, 'a', 'leaf')]);
  t.throws(() => graph.put(edge(4, 'x', 'b')), /one active parent/);
  t.throws(() => graph.refusal('a', 'new'), /forest/);
});

t.test('edges are found by their id, in their newest state', async (t) => {
  const graph = new Graph([edge(2, 'a', 'b'), edge(1, 'x', 'y', 'archived')]);
  t.same(graph.get('a2'), edge(2, 'a', 'b'));
  graph.put(edge(2, 'a', 'b', 'detached'));
  t.equal(graph.get('a2')?.state, 'detached');
  graph.forget(2);
  t.equal(graph.get('a2'), undefined);
  t.equal(graph.get('no such id'), undefined);
  t.equal(graph.get('a1')?.state, 'archived');
});

t.test('live are those that are active or archived', async (t) => {
  const graph = new Graph([edge(3, 'a', 'b'), edge(2, 'c', 'a', 'archived'), edge(1, 'd', 'a', 'detached')]);
  t.equal(graph.live, 2);
  t.same(numbersOf(graph.at('a')), [2, 3], 'both sides, oldest first');
  t.same([...graph.threads()].toSorted(), ['a', 'b', 'c']);
  t.same(graph.at('nowhere'), []);
  graph.put(edge(3, 'a', 'b', 'archived'));
  t.equal(graph.live, 2);
  graph.put(edge(3, 'a', 'b', 'detached'));
  t.equal(graph.live, 1);
  t.same(numbersOf(graph.at('a')), [2]);
  t.same([...graph.threads()].toSorted(), ['a', 'c']);
  graph.forget(3);
  graph.forget(3);
  t.equal(graph.live, 1, 'a detached one that is forgotten was not live');
  graph.forget(2);
  t.equal(graph.live, 0);
  t.same(graph.at('a'), []);
});

t.test('detached edges are too many from the first beyond the bound', async (t) => {
  const graph = new Graph([edge(1, 'p', 'live')]);
  for (let number = 2; number <= DETACHED_MAX; number += 1) graph.put(edge(number, 'p', 'c', 'detached'));
  t.same(graph.surplus(0), []);
  t.same(graph.surplus(1), [], 'as many as there may be');
  t.same(graph.surplus(2), [2], 'one beyond: the oldest of them, and not the oldest edge');
  t.same(graph.surplus(3), [2, 3]);
  graph.put(edge(DETACHED_MAX + 1, 'p', 'c', 'detached'));
  t.same(graph.surplus(0), []);
  t.same(graph.surplus(1), [2]);
  graph.put(edge(1, 'p', 'live', 'detached'));
  t.same(graph.surplus(0), [1], 'that it was the last to be detached does not make it young');
  graph.forget(1);
  t.same(graph.surplus(0), []);
});

/** Bytes of the heap that are in use. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i += 1) collect();
  return process.memoryUsage().heapUsed;
}

t.test('what is forgotten takes no memory', async (t) => {
  const COUNT = 100_000;
  const graph = new Graph([edge(1, 'p', 'first')]);
  const before = heapBytes();
  for (let number = 2; number < COUNT; number += 1) {
    graph.put(edge(number, 'p', `c${number}`, 'detached'));
    graph.forget(number);
  }
  const bytes = (heapBytes() - before) / COUNT;
  t.ok(bytes < 5, `${bytes.toFixed(2)} bytes for each, where a place in an array alone takes 8`);
  t.same(listed(graph), [[1], false]);
});

t.test('a list has what was asked for, oldest first', async (t) => {
  const graph = new Graph([
    edge(5, 'a', 'b', 'detached'),
    edge(9, 'a', 'c'),
    edge(7, 'c', 'a', 'archived'),
    edge(12, 'a', 'b'),
  ]);
  t.same(listed(graph), [[5, 7, 9, 12], false]);
  t.same(listed(graph, { parentThreadId: 'a' }), [[5, 9, 12], false]);
  t.same(listed(graph, { childThreadId: 'a' }), [[7], false]);
  t.same(listed(graph, { parentThreadId: 'a', childThreadId: 'b' }), [[5, 12], false]);
  t.same(listed(graph, { parentThreadId: 'b', childThreadId: 'a' }), [[], false]);
  t.same(listed(graph, { parentThreadId: 'nobody' }), [[], false]);
  t.same(listed(graph, { states: new Set(['active']) }), [[9, 12], false]);
  t.same(listed(graph, { states: new Set(['archived', 'detached']) }), [[5, 7], false]);
  t.same(listed(graph, { states: new Set() }), [[], false]);
  t.same(listed(graph, { parentThreadId: 'a', childThreadId: 'b', states: new Set(['active']) }), [
    [12],
    false,
  ]);
});

t.test('a page says whether there are others behind it', async (t) => {
  const graph = new Graph([edge(1, 'a', 'b'), edge(2, 'a', 'c'), edge(3, 'a', 'd', 'archived')]);
  t.same(listed(graph, { limit: 2 }), [[1, 2], true]);
  t.same(listed(graph, { limit: 3 }), [[1, 2, 3], false]);
  t.same(listed(graph, { limit: 2, after: 1 }), [[2, 3], false]);
  t.same(listed(graph, { limit: 2, states: new Set(['active']) }), [[1, 2], false], 'none that fit');
  t.same(listed(graph, { after: 3 }), [[], false]);
  graph.forget(2);
  t.same(listed(graph, { limit: 1, after: 2 }), [[3], false], 'behind one that is gone');
});

t.test('paging gives each edge that is there all the while once, whatever else is changed', async (t) => {
  const graph = new Graph(Array.from({ length: 50 }, (_, i) => edge(i * 2 + 1, 'p', `c${i}`)));
  const seen: number[] = [];
  let last = 0;
  let next = 101;
  for (let page = listed(graph, { limit: 7 }); ; page = listed(graph, { limit: 7, after: last })) {
    seen.push(...page[0]);
    last = page[0].at(-1) ?? last;
    if (!page[1]) break;
    const index = (last - 1) / 2;
    graph.forget(last);
    graph.forget(last + 4);
    if (index + 1 < 50) graph.put(edge(last + 2, 'p', `c${index + 1}`, 'detached'));
    if (next < 121) graph.put(edge((next += 2), 'p', `n${next}`));
  }
  t.same(
    seen,
    [...new Set(seen)].toSorted((a, b) => a - b),
    'in order, none twice',
  );
  t.ok(seen.includes(103), 'one that was added meanwhile');
  const skipped = Array.from({ length: 50 }, (_, i) => i * 2 + 1).filter((number) => !seen.includes(number));
  t.ok(
    skipped.length > 3 && skipped.every((number) => graph.get(`a${number}`) === undefined),
    'only what is gone',
  );
});

interface Step {
  number: number;
  state: StoredAttachment['state'] | 'forgotten';
}

/** What a list without any structure gives. */
function plainly(edges: ReadonlyMap<number, StoredAttachment>, query: EdgeQuery): [number[], boolean] {
  const fitting = [...edges.values()]
    .toSorted((a, b) => a.number - b.number)
    .filter((one) => one.number > query.after && query.states.has(one.state))
    .filter((one) => query.parentThreadId === null || one.parentThreadId === query.parentThreadId)
    .filter((one) => query.childThreadId === null || one.childThreadId === query.childThreadId);
  return [numbersOf(fitting.slice(0, query.limit)), fitting.length > query.limit];
}

t.test('after any changes, in any order of numbers, lists are as if all edges were looked at', async (t) => {
  const thread = fc.option(fc.constantFrom('t0', 't1', 't2', 'nobody'), { nil: null });
  const step = fc.record<Step>({
    number: fc.integer({ min: 1, max: 30 }),
    state: fc.constantFrom('archived', 'detached', 'forgotten', 'forgotten'),
  });
  const query = fc.record({
    parentThreadId: thread,
    childThreadId: thread,
    states: fc.uniqueArray(fc.constantFrom(...attachmentStates)).map((states) => new Set(states)),
    after: fc.integer({ min: 0, max: 31 }),
    limit: fc.integer({ min: 1, max: 8 }),
  });
  const steps = fc.array(fc.tuple(step, query), { maxLength: 120, size: 'max' });
  const property = fc.property(steps, (steps) => {
    const graph = new Graph([]);
    const edges = new Map<number, StoredAttachment>();
    for (const [{ number, state }, query] of steps) {
      if (state === 'forgotten') {
        graph.forget(number);
        edges.delete(number);
      } else {
        const changed = edge(number, `t${number % 3}`, `t${(number + 1) % 3}`, state);
        graph.put(changed);
        edges.set(number, changed);
      }
      assert.deepEqual(listed(graph, query), plainly(edges, query));
      const live = plainly(edges, { ...everything, states: new Set(['archived']) })[0];
      assert.equal(graph.live, live.length);
      // Of three numbers in a row, that in the middle has no edge at t0.
      assert.deepEqual(
        numbersOf(graph.at('t0')),
        live.filter((number) => number % 3 !== 1),
      );
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
});
