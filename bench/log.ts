/**
 * What an event costs on its way into the log, fold included, next to parsing the same line; what an entry costs in
 * memory besides its line; and how long a replay takes.
 *
 *   npm run bench, or after a build: npx tsx --expose-gc bench/log.ts
 */
import { LineReader } from '../broker/framing/line-reader.js';
import { readEnvelope } from '../broker/framing/envelope.js';
import { Log } from '../broker/thread/log.js';
import { serverNotification } from '../protocol/notifications.js';
import { median, report } from './measure.js';

const ROUNDS = 9;
const EVENTS = 32_000;
const LINE_BYTES = 256;
const METHOD = 'item/agentMessage/delta';
const row = serverNotification(METHOD);
const ids = { threadId: crypto.randomUUID(), turnId: crypto.randomUUID() };

function line(method: string, params: object): string {
  return `${JSON.stringify({ method, params, emittedAtMs: 1_700_000_000_000 })}\n`;
}
const bare = line(METHOD, { ...ids, itemId: 'msg_1', delta: '' }).length - 1;
const delta = line(METHOD, { ...ids, itemId: 'msg_1', delta: 'x'.repeat(LINE_BYTES - bare) });
const start =
  line('turn/started', { threadId: ids.threadId, turn: { id: ids.turnId } }) +
  line('item/started', { item: { type: 'agentMessage', id: 'msg_1', text: '' }, ...ids });
/** As the runtime's stdout gives them: chunks of 64 KB. */
const flood = Buffer.from(delta.repeat(EVENTS));
const CHUNK_BYTES = 64 * 1024;

function newLog(): Log {
  return new Log(ids.threadId, 'bench', { last: 0 }, { ringBytes: 2 ** 30, ringEntries: 32_768 });
}

/** Takes the flood as the broker does. Returns ns an event. */
function into(log: Log): number {
  const reader = new LineReader(2 ** 20, {
    line(one) {
      const envelope = readEnvelope(one);
      if (envelope === null || envelope.method === null) return;
      const known = serverNotification(envelope.method);
      log.append({ method: envelope.method, row: known, line: one });
      log.fold.apply(known, envelope.method, one, envelope);
    },
    tooLong() {},
  });
  reader.push(Buffer.from(start));
  const startedAt = performance.now();
  for (let at = 0; at < flood.length; at += CHUNK_BYTES) {
    reader.push(Buffer.from(flood.subarray(at, at + CHUNK_BYTES)));
    log.trim();
  }
  return ((performance.now() - startedAt) * 1e6) / EVENTS;
}

function parsed(): number {
  const one = Buffer.from(delta);
  const startedAt = performance.now();
  for (let i = 0; i < EVENTS; i += 1) JSON.parse(one.toString('utf8'));
  return ((performance.now() - startedAt) * 1e6) / EVENTS;
}

/** Before anything else: what earlier rounds leave behind would be counted too. */
function bytesAnEntry(): number {
  const used = (): number => {
    for (let i = 0; i < 4; i += 1) globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const log = newLog();
  const chunk = Buffer.from(delta);
  const before = used();
  for (let i = 0; i < EVENTS; i += 1)
    log.append({ method: METHOD, row, line: chunk.subarray(0, LINE_BYTES) });
  return (used() - before - log.bytes) / EVENTS;
}
const entryBytes = bytesAnEntry();

const logging: number[] = [];
const parsing: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  logging.push(into(newLog()));
  parsing.push(parsed());
}
const ratio = (median(logging) / median(parsing)).toFixed(2);
report(`a delta of ${LINE_BYTES} bytes from the chunk to the log and its fold, median of ${ROUNDS}`);
report(`  ${median(logging).toFixed(0)} ns, ${ratio} of a JSON.parse (${median(parsing).toFixed(0)} ns)`);

for (const wire of ['json', 'msgpack'] as const) {
  const log = newLog();
  into(log);
  const startedAt = performance.now();
  for (let seq = log.seq - 10_000; seq < log.seq; seq += 1) log.frame(log.at(seq), wire, true);
  report(
    `  10,000 frames of ${wire}, made for the first time: ${(performance.now() - startedAt).toFixed(1)} ms`,
  );
}
report(
  `  an entry costs ${entryBytes.toFixed(0)} B besides its line${globalThis.gc === undefined ? ' (run with --expose-gc)' : ''}`,
);
