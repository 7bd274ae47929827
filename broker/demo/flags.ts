import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DELTA_BYTES_MAX, PACE_EVENTS_PER_S_MAX, TURN_EVENTS_MAX } from './limits.js';
import { reason } from './errors.js';

export interface Flags {
  readonly stateDir: string;
  readonly seed: number;
  readonly paceEventsPerS: number;
  readonly deltaBytes: number | null;
  readonly turnEvents: number | null;
}

/** About as fast as app-server streams, which paces itself, too. */
const PACE_EVENTS_PER_S = 50;
const SEED_MAX = 2 ** 31 - 1;

/** A command line that cannot be used, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * `--state-dir DIR [--seed N] [--pace EVENTS_PER_S] [--delta-bytes N] [--turn-events N]`; a pace of 0 is as fast
 * as possible.
 * @throws {UsageError}
 */
export function parseFlags(args: readonly string[]): Flags {
  const values = read(args);
  const stateDir = values['state-dir'];
  if (stateDir === undefined || stateDir === '') throw new UsageError('--state-dir DIR is needed');
  return {
    stateDir: resolve(stateDir),
    seed: integer('--seed', values.seed, 0, SEED_MAX) ?? 1,
    paceEventsPerS: integer('--pace', values.pace, 0, PACE_EVENTS_PER_S_MAX) ?? PACE_EVENTS_PER_S,
    deltaBytes: integer('--delta-bytes', values['delta-bytes'], 1, DELTA_BYTES_MAX),
    turnEvents: integer('--turn-events', values['turn-events'], 1, TURN_EVENTS_MAX),
  };
}

type Values = Partial<Record<'state-dir' | 'seed' | 'pace' | 'delta-bytes' | 'turn-events', string>>;

function read(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const options = { 'state-dir': text, seed: text, pace: text, 'delta-bytes': text, 'turn-events': text };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(reason(error).split('\n')[0]);
  }
}

function integer(flag: string, text: string | undefined, min: number, max: number): number | null {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
