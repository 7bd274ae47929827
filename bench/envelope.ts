/**
 * What finding an event's envelope in its bytes costs, next to parsing the same line.
 *
 *   npm run bench, or after a build: npx tsx bench/envelope.ts
 */
import { isUtf8 } from 'node:buffer';
import { readEnvelope } from '../broker/framing/envelope.js';
import { median, report } from './measure.js';

const ROUNDS = 9;
const LINES_A_ROUND = 300_000;

const params = {
  threadId: crypto.randomUUID(),
  turnId: crypto.randomUUID(),
  itemId: 'msg_1',
  delta: 'x'.repeat(55),
};
const line = Buffer.from(
  JSON.stringify({ method: 'item/agentMessage/delta', params, emittedAtMs: Date.now() }),
);
const other = Buffer.from(JSON.stringify({ emittedAtMs: 1, params, method: 'item/agentMessage/delta' }));

const ways: Record<string, () => unknown> = {
  'JSON.parse': () => JSON.parse(line.toString('utf8')) as unknown,
  'checked and found, as Codex writes it': () => isUtf8(line) && readEnvelope(line),
  'checked and found, in another order': () => isUtf8(other) && readEnvelope(other),
};
const taken = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const startedAt = performance.now();
    for (let i = 0; i < LINES_A_ROUND; i += 1) way();
    taken.get(name)?.push(((performance.now() - startedAt) * 1e6) / LINES_A_ROUND);
  }
}
const parse = median(taken.get('JSON.parse') ?? []);
report(`a line of ${line.length} bytes, median of ${ROUNDS}`);
for (const [name, figures] of taken) {
  report(`  ${name.padEnd(40)} ${median(figures).toFixed(0)} ns  ${(median(figures) / parse).toFixed(2)}×`);
}
