import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { startCodexServer } from '../codex/server.js';
import { Client } from '../conformance/client.js';
import { startThread, wholeTurn } from '../conformance/scenarios/steps.js';
import type { Stage } from '../real/stage.js';

/** How long a history is to be. */
export interface Size {
  readonly turns: number;
  /** Of the agent's one message in each of them; ASCII. */
  readonly messageBytes: number;
}

/** The first turn that is not played but grown. */
const FIRST_GROWN = 2;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What the agent says in that turn, counted from 0. */
export function saidIn(turn: number, { messageBytes }: Size): string {
  const said = `You said turn ${turn}`;
  return turn < FIRST_GROWN ? said : said.padEnd(messageBytes, '.');
}

/**
 * A thread of the real Codex with a long history, not loaded anywhere; resolves with its id. Two turns are played,
 * and the file that they were written to is lengthened by the last of them again and again: thousands of real ones
 * would take an hour, for each asks the model with the whole history.
 */
export async function grownThread(stage: Stage, size: Size): Promise<string> {
  const server = await startCodexServer(stage.codex, stage.home);
  const client = new Client('grower', server.url);
  await client.connect();
  const threadId = await startThread(client, stage.home.work);
  for (let turn = 0; turn < FIRST_GROWN; turn += 1) await wholeTurn([client], threadId, `turn ${turn}`);
  await client.disconnect();
  await server.stop();
  await grow(await rolloutOf(stage, threadId), threadId, size);
  return threadId;
}

async function rolloutOf({ home }: Stage, threadId: string): Promise<string> {
  const sessions = path.join(home.home, 'sessions');
  const files = await readdir(sessions, { recursive: true });
  const file = files.find((name) => name.endsWith(`${threadId}.jsonl`));
  assert(file !== undefined, `no rollout of ${threadId}`);
  return path.join(sessions, file);
}

async function grow(rollout: string, threadId: string, size: Size): Promise<void> {
  const lines = (await readFile(rollout, 'utf8')).trim().split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.includes('"task_started"')));
  assert(last.length > 1, 'a turn is more than its start');
  let ordinal = lines.length;
  for (let turn = FIRST_GROWN; turn < size.turns; turn += 1) {
    const ids = new Map([[threadId, threadId]]);
    const grown = last
      .join('\n')
      .replace(UUID, (id) => ids.get(id) ?? ids.set(id, newId(turn)).get(id) ?? id)
      .replaceAll(`You said turn ${FIRST_GROWN - 1}`, saidIn(turn, size))
      .replaceAll(`"turn ${FIRST_GROWN - 1}"`, `"turn ${turn}"`)
      .replaceAll(`msg-${FIRST_GROWN}-`, `msg-${turn + 1}-`)
      .replaceAll(/"ordinal":\d+/g, () => `"ordinal":${ordinal++}`);
    await appendFile(rollout, `${grown}\n`);
  }
}

/** A UUID of version 7: ids of later turns are greater. */
function newId(turn: number): string {
  const time = turn.toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
