/**
 * A runtime for measurements: answers just enough, and with `turn/start {threadId, events, bytes, perSecond}` says so
 * many deltas, each with the time at which it was said, in µs of the machine's monotonic clock.
 */
import { createInterface } from 'node:readline';

/** Digits of a time: always as many, so that it stands at the same place in every line. */
const STAMP_DIGITS = 18;
const TICK_MS = 5;

interface Load {
  readonly threadId: string;
  readonly events: number;
  readonly bytes: number;
  readonly perSecond: number;
}

const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

function stamp(): string {
  return String(process.hrtime.bigint() / 1000n).padStart(STAMP_DIGITS, '0');
}

function event({ threadId, bytes }: Load): string {
  const params = { threadId, turnId: 'turn', itemId: 'item', delta: stamp() };
  const text = JSON.stringify({ method: 'item/agentMessage/delta', params, emittedAtMs: 1_700_000_000_000 });
  return text.replace(params.delta, params.delta + 'x'.repeat(Math.max(0, bytes - text.length)));
}

function run(load: Load): void {
  const { threadId, events, perSecond } = load;
  say({ method: 'turn/started', params: { threadId, turn: { id: 'turn' } } });
  say({
    method: 'item/started',
    params: { item: { type: 'agentMessage', id: 'item', text: '' }, threadId, turnId: 'turn' },
  });
  let said = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.min(events, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    let lines = '';
    for (; said < due; said += 1) lines += `${event(load)}\n`;
    if (lines !== '') process.stdout.write(lines);
    if (said < events) return;
    clearInterval(timer);
    say({ method: 'turn/completed', params: { threadId, turn: { id: 'turn', status: 'completed' } } });
  }, TICK_MS);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as { id?: number; method?: string; params?: Load };
  if (id === undefined) return;
  if (method === 'initialize') say({ id, result: { userAgent: 'stamping/1 (x) (threadcast; 0)' } });
  else if (method === 'thread/start' || method === 'thread/resume') {
    say({ id, result: { thread: { id: 'bench', turns: [], status: { type: 'idle' } } } });
  } else say({ id, result: method === 'thread/turns/list' ? { data: [], nextCursor: null } : {} });
  if (method === 'turn/start' && params !== undefined) run(params);
});
