import t from 'tap';
import { duration, size } from '../../broker/cli/output.js';
import { statusResult } from '../../protocol/schemas.js';
import { statusOf } from '../broker/events.js';
import { delta, InMemory, settled } from '../support/in-memory.js';

t.test('bytes and times for people', async (t) => {
  const sizes: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536 * 1024, '1.5 MiB'],
    [128 * 1024 ** 2, '128.0 MiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
    [5000 * 1024 ** 4, '5000.0 TiB'],
  ];
  for (const [bytes, text] of sizes) t.equal(size(bytes), text);
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const durations: readonly (readonly [number, string])[] = [
    [0, '0 s'],
    [59_499, '59 s'],
    [59_500, '1 min 0 s'],
    [2 * minute + 3000, '2 min 3 s'],
    [hour, '1 h 0 min'],
    [3 * hour + 12 * minute, '3 h 12 min'],
    [day - 1000, '23 h 59 min'],
    [day, '1 d 0 h'],
    [9 * day + 23 * hour, '9 d 23 h'],
  ];
  for (const [ms, text] of durations) t.equal(duration(ms), text);
});

t.test('who is here: as whom, from where, since when, and how far behind', async (t) => {
  const memory = await InMemory.within({ memoryBytes: 1_000_000, ringBytes: 1_000_000 });
  const slow = await memory.subscriber('t1', undefined, 'json');
  slow.end.stall();
  memory.advance(5000);
  const observer = await memory.client({ extensions: { threadcast: { role: 'observer' } } });
  for (let i = 0; i < 3; i += 1) {
    memory.runtime.say(delta('t1', 'x'.repeat(100_000)));
    await settled();
  }
  const status = await statusOf(observer);
  t.ok(statusResult.safeParse(status).success);
  t.match(status.connections, [
    { credential: 'owner', role: 'owner', address: 'memory', wire: 'json', ageMs: 5000, entriesBehind: 2 },
    { credential: 'owner', role: 'observer', wire: 'stock', ageMs: 0, entriesBehind: 0, pendingBytes: 0 },
  ]);
  t.equal(status.memory.bytesMax, 1_000_000);
  t.ok(status.memory.bytes > 300_000 && status.memory.bytes < 1_000_000);
  t.ok(status.memory.residentBytes > status.memory.heapBytes);
});

t.test('what is told of the counts is a copy', async (t) => {
  const memory = await InMemory.start();
  const observer = await memory.client();
  const first = await statusOf(observer);
  const second = await statusOf(observer);
  t.equal((second.tallies['requests']?.['result'] ?? 0) - (first.tallies['requests']?.['result'] ?? 0), 1);
});
