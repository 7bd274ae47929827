import type { StepOf } from '../scenes/step.js';
import { agentMessage, reasoning } from '../items.js';
import { ITEM_TEXT_BYTES_MAX } from '../limits.js';
import type { Turn } from '../turn.js';

/**
 * Writes deltas of one item: all that does not change is put together once, since a scene may have millions.
 * @param after What follows the delta in `params`, as JSON, with its comma.
 * @returns what writes one delta, given as JSON.
 */
function deltaWriter(turn: Turn, method: string, itemId: string, after = ''): (json: string) => void {
  const { thread, demo } = turn;
  const where = JSON.stringify({ ...turn.where, itemId }).slice(0, -1);
  const head = `{"method":"${method}","params":${where},"delta":`;
  if (demo.client?.optOut.has(method) === true) return () => {};
  let [tailMs, tail] = [0, ''];
  return (json) => {
    if (!thread.subscribed) return;
    const nowMs = demo.clock.nowMs();
    if (nowMs !== tailMs) [tailMs, tail] = [nowMs, `${after}},"emittedAtMs":${nowMs}}`];
    demo.output.line(head + json + tail);
  };
}

/** Words with the space before them, so that they add up to the text. */
function words(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
}

function fill(turn: Turn, text: string): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => turn.words.get(name) ?? whole);
}

export async function say(turn: Turn, step: StepOf<'say'>): Promise<void> {
  const id = turn.ids.item('msg');
  const text = fill(turn, step.text);
  const startedAtMs = turn.start(agentMessage(id, ''));
  const write = deltaWriter(turn, 'item/agentMessage/delta', id);
  for (const word of words(text)) {
    write(JSON.stringify(word));
    await turn.beat();
  }
  turn.complete(agentMessage(id, text), startedAtMs);
}

export async function think(turn: Turn, { parts }: StepOf<'think'>): Promise<void> {
  const id = turn.ids.item('rs');
  const startedAtMs = turn.start(reasoning(id, []));
  const summary = parts.map((part) => fill(turn, part));
  for (const [summaryIndex, part] of summary.entries()) {
    turn.tell('item/reasoning/summaryPartAdded', { ...turn.where, itemId: id, summaryIndex });
    const after = `,"summaryIndex":${summaryIndex}`;
    const write = deltaWriter(turn, 'item/reasoning/summaryTextDelta', id, after);
    for (const word of words(part)) {
      write(JSON.stringify(word));
      await turn.beat();
    }
  }
  turn.complete(reasoning(id, summary), startedAtMs);
}

const FILLER = 'Every client sees the same thread live and in the same order. ';

/** Deltas to be repeated: a word each, or exactly `deltaBytes` bytes of text each. */
function fillerDeltas(deltaBytes: number | null): string[] {
  if (deltaBytes === null) return words(FILLER);
  return [FILLER.repeat(Math.ceil(deltaBytes / FILLER.length)).slice(0, deltaBytes)];
}

/** The load scene: one long text, cut into items of at most `ITEM_TEXT_BYTES_MAX`. */
export async function stream(turn: Turn, { events }: StepOf<'stream'>): Promise<void> {
  const deltas = fillerDeltas(turn.demo.options.deltaBytes);
  const rounds = Math.max(1, Math.floor(ITEM_TEXT_BYTES_MAX / deltas.join('').length));
  const itemEvents = rounds * deltas.length;
  for (let left = events; left > 0; left -= itemEvents) {
    await streamItem(turn, deltas, Math.min(left, itemEvents));
  }
}

async function streamItem(turn: Turn, deltas: readonly string[], events: number): Promise<void> {
  const id = turn.ids.item('msg');
  const startedAtMs = turn.start(agentMessage(id, ''));
  const write = deltaWriter(turn, 'item/agentMessage/delta', id);
  const json = deltas.map((delta) => JSON.stringify(delta));
  for (let i = 0; i < events; i += 1) {
    write(json[i % json.length] ?? '');
    const pause = turn.beat();
    if (pause !== undefined) await pause;
  }
  const whole = deltas.join('').repeat(Math.floor(events / deltas.length));
  turn.complete(agentMessage(id, whole + deltas.slice(0, events % deltas.length).join('')), startedAtMs);
}
