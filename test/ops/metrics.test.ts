import { register } from 'prom-client';
import t from 'tap';
import type { Test } from 'tap';
import { families } from '../../broker/ops/metric-families.js';
import { approval, statusOf, turnStarted } from '../broker/events.js';
import { delta, InMemory, settled } from '../support/in-memory.js';

/** The samples of a scrape, by name and labels as they stand there. */
async function scrape({ broker }: InMemory): Promise<Map<string, number>> {
  const text = await broker.metrics.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice('threadcast_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

/** What samples of that name there are that are not 0. */
function told(samples: ReadonlyMap<string, number>, name: string): object {
  const all = [...samples].filter(([key, value]) => key.split('{')[0] === name && value !== 0);
  return Object.fromEntries(all.map(([key, value]) => [key.slice(name.length), value]));
}

t.test('connections, subscriptions and threads as they are now', async (t) => {
  const memory = await InMemory.start();
  await memory.subscriber('t1');
  const gone = await memory.subscriber('t1', undefined, 'msgpack');
  await memory.client(undefined, 'json');
  memory.runtime.say(turnStarted('t1'), delta('t1', 'x'));
  await settled();
  gone.vanish();
  await settled();
  const samples = await scrape(memory);
  t.same(told(samples, 'connections'), {
    '{transport="memory",wire="stock"}': 1,
    '{transport="memory",wire="json"}': 1,
  });
  t.same(told(samples, 'connections_closed_total'), { '{transport="memory",wire="msgpack"}': 1 });
  t.same(told(samples, 'connection_ends_total'), { '{reason="gone"}': 1 });
  t.equal(samples.get('subscriptions'), 1);
  t.equal(samples.get('threads_loaded'), 1);
  t.equal(samples.get('log_entries_total'), 2);
  t.equal(samples.get('runtime_up'), 1);
  t.equal(samples.get('logs'), 2);
  t.ok((samples.get('log_bytes') ?? 0) > 0);
  t.ok((samples.get('heap_bytes') ?? 0) > 0);
});

t.test('who is behind: in all, and at worst', async (t) => {
  const memory = await InMemory.start();
  const slow = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  const [first, second] = slow;
  const big = 'x'.repeat(100_000);
  first?.end.stall();
  memory.runtime.say(delta('t1', big));
  await settled();
  second?.end.stall();
  for (let i = 0; i < 3; i += 1) {
    memory.runtime.say(delta('t1', big));
    await settled();
  }
  const observer = await memory.client();
  const { connections } = await statusOf(observer);
  const samples = await scrape(memory);
  const behind = connections.map((one) => one.entriesBehind);
  t.equal(samples.get('lagging_connections'), 2);
  t.same(behind, [3, 2, 0]);
  t.equal(samples.get('lag_entries'), 5);
  t.equal(samples.get('worst_lag_entries'), 3);
  const pending = connections.map((one) => one.pendingBytes);
  t.ok(Math.min(...pending.slice(0, 2)) > 100_000);
  t.equal(
    samples.get('pending_bytes'),
    pending.reduce((sum, bytes) => sum + bytes),
  );
  t.equal(samples.get('worst_pending_bytes'), Math.max(...pending));
  t.equal(samples.get('lagged_total'), 3, 'one of them has caught up in between');
});

t.test('approvals, requests in flight, and a runtime that ends', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say(approval(1), approval(2));
  client.request('thread/list');
  await settled();
  const before = await scrape(memory);
  t.equal(before.get('approvals_open'), 2);
  t.equal(before.get('requests_in_flight'), 1);
  t.same(told(before, 'approvals_total'), { '{state="opened"}': 2 });
  memory.runtime.exit();
  await settled();
  const down = await scrape(memory);
  t.equal(down.get('runtime_up'), 0);
  t.equal(down.get('approvals_open'), 0);
  t.equal(down.get('requests_in_flight'), 0);
  t.same(told(down, 'requests_refused_total'), { '{reason="runtimeExited"}': 1 });
  t.equal(down.get('runtime_restarts_total'), 0);
  memory.advance(1000);
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await settled();
  const up = await scrape(memory);
  t.equal(up.get('runtime_up'), 1);
  t.equal(up.get('runtime_restarts_total'), 1);
});

t.test('a second look tells the same again, and how late the loop was since the first', async (t) => {
  const memory = await InMemory.start();
  await memory.client();
  const first = await scrape(memory);
  // Long enough for the look at the loop that comes first of all after the last scrape, which it leaves out.
  const looked = async (): Promise<number> => (await statusOf(await memory.client())).eventLoop.maxMs;
  while ((await looked()) === 0) blockFor(30);
  blockFor(200);
  while ((await looked()) < 100) await settled();
  const second = await scrape(memory);
  t.ok((second.get('event_loop_delay_seconds{quantile="1"}') ?? 0) >= 0.1);
  t.ok((second.get('event_loop_delay_seconds{quantile="1"}') ?? 0) < 100);
  const third = await scrape(memory);
  t.equal(third.get('event_loop_delay_seconds{quantile="1"}'), 0);
  t.equal(first.get('connections{transport="memory",wire="stock"}'), 1);
  for (const name of ['client_messages_total', 'log_entries_total', 'subscriptions_begun_total'])
    t.equal(third.get(name), second.get(name), name);
});

function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

t.test('every name says what it is, with its unit, and has words for people', async (t) => {
  const memory = await InMemory.start();
  const text = await memory.broker.metrics.text();
  for (const family of families) says(t, text, family);
  t.equal(new Set(families.map(({ name }) => name)).size, families.length, 'no name twice');
  t.equal(register.getMetricsAsArray().length, 0, 'nothing is kept for all of the process');
});

function says(t: Test, text: string, { kind, name, help }: (typeof families)[number]): void {
  t.match(text, `# HELP threadcast_${name} ${help}\n# TYPE threadcast_${name} ${kind}\n`, name);
  t.equal(name.endsWith('_total'), kind === 'counter', `${name} ends as what it is`);
  const unit = /bytes|seconds/.exec(name);
  if (unit !== null) t.match(name, /_(bytes|seconds)(_total)?$/, 'the unit stands last');
  t.ok(help.length > 10 && !help.endsWith('.'), help);
}

t.test('what clients and the runtime choose is in no label', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t-chosen', { experimentalApi: true });
  client.request('chosen/method');
  client.send({ id: 'chosen', method: 'thread/list' });
  memory.runtime.say({ method: 'chosen/event', params: { threadId: 't-chosen' } });
  await settled();
  for (const { id } of memory.runtime.received.slice(-2))
    memory.runtime.say({ id, error: { code: 1, message: 'chosen', data: { reason: 'chosen' } } });
  await settled();
  const text = await memory.broker.metrics.text();
  t.notMatch(text, 'chosen');
  t.match(text, 'threadcast_requests_total{outcome="error"} 2\n');
});
