import { readFileSync } from 'node:fs';
import { RUNTIME_INITIALIZE_MS_MAX, STORE_CHECK_MS_MAX } from '../../protocol/limits.js';
import { systemClock } from '../clock.js';
import type { StateDir } from '../ops/state-dir.js';
import { CommandError, messageOf } from './exit.js';

/** Where a broker is reached, and what has to be shown there. */
export interface BrokerAddress {
  /** `unix://…`, `ws://…` or `wss://…`. */
  readonly url: string;
  /** Null: none is known, or needed. */
  readonly token: string | null;
}

/** How long a broker that starts is waited for: its runtime, and the check of what it has kept. */
const STARTING_MS_MAX = RUNTIME_INITIALIZE_MS_MAX + STORE_CHECK_MS_MAX;
/** How often it is looked whether it has. */
const STARTING_LOOK_MS = 50;

/** The token for a broker that the state dir does not tell of, and over what it tells. */
export const TOKEN_VARIABLE = 'THREADCAST_TOKEN';

/** The broker of this state dir, its unix socket first. @throws {CommandError} there is none, or no token to read */
export function runningBroker(stateDir: StateDir): BrokerAddress {
  const running = stateDir.running();
  if (running === null)
    throw new CommandError(`no broker runs on ${stateDir.path}; start one with: threadcast`);
  const { listen } = running;
  const url = listen.find((one) => one.startsWith('unix:')) ?? listen[0];
  if (url === undefined)
    throw new CommandError(`the broker on ${stateDir.path} is starting; try again in a moment`);
  return brokerAt(url, stateDir);
}

/** The same, of one that is starting too, once it has started. @throws {CommandError} there is none */
export async function startedBroker(stateDir: StateDir): Promise<BrokerAddress> {
  const giveUpAt = systemClock.now() + STARTING_MS_MAX;
  while (stateDir.running()?.listen.length === 0 && systemClock.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, STARTING_LOOK_MS));
  return runningBroker(stateDir);
}

/** A broker by its URL. @throws {CommandError} it is the state dir's, whose token cannot be read */
export function brokerAt(url: string, stateDir: StateDir): BrokerAddress {
  const given = process.env[TOKEN_VARIABLE];
  const running = stateDir.running();
  if (url.startsWith('unix:') || given !== undefined) return { url, token: given ?? null };
  const isIts = running?.listen.some((one) => hrefOf(one) === hrefOf(url)) === true;
  const file = isIts ? running.tokenFile : null;
  return { url, token: file === null ? null : readToken(file) };
}

function hrefOf(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`cannot read the token: ${messageOf(error)}`);
  }
}
