import { ZodError } from 'zod';
import type { Role } from '../../protocol/methods.js';
import type { BrokerAddress } from '../cli/broker-address.js';
import { AnsweredError, BrokerClient } from '../cli/broker-client.js';
import { cell } from '../cli/one-line.js';
import { CALL_MS_MAX, CALLS_MAX, ERROR_CHARS_MAX } from './limits.js';

/** What is worth knowing besides, by the reason of an error. */
const ADVICE: Readonly<Record<string, string>> = {
  waitCycle: 'End your turn with the answer instead: it is sent on by itself.',
  tooManyHops: 'Answer yourself, or ask the user.',
  overloaded: 'Try again later.',
  runtimeRestarting: 'Try again in a moment.',
  threadArchived: 'Ask the user to unarchive it.',
  tooLarge: 'Send less, or the path of a file that has it.',
};

/** One call of a tool. */
export interface Call {
  readonly client: BrokerClient;
  /** Where it leads. */
  readonly broker: BrokerAddress;
  /** It was called off, or has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * Calls of tools, each with a connection to the broker of its own: nothing is held between two, so that it does not
 * matter whether the broker is still the same.
 */
export class Calls {
  readonly #broker: () => BrokerAddress;
  #running = 0;

  /** @param broker where it listens now; throws where none does */
  constructor(broker: () => BrokerAddress) {
    this.#broker = broker;
  }

  /** @throws {Error} in words for the model */
  async run(
    role: Exclude<Role, 'owner'>,
    calledOff: AbortSignal,
    use: (call: Call) => Promise<string>,
    msMax: number = CALL_MS_MAX,
  ): Promise<string> {
    if (this.#running >= CALLS_MAX)
      throw new Error(`More than ${CALLS_MAX} calls at the same time; wait for their results`);
    this.#running += 1;
    const late = AbortSignal.timeout(msMax);
    const signal = AbortSignal.any([calledOff, late]);
    let client: BrokerClient | null = null;
    try {
      const broker = this.#broker();
      client = await BrokerClient.connect(broker, undefined, undefined, { role, positions: true, signal });
      return await use({ client, broker, signal });
    } catch (error) {
      throw late.aborted ? new Error(`The broker did not answer within ${msMax / 1000} s`) : inWords(error);
    } finally {
      this.#running -= 1;
      client?.close();
    }
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof ZodError)
    return new Error('The broker answered with what cannot be read: it may be of another version');
  if (!(error instanceof AnsweredError)) return error;
  const { message, reason } = error;
  const advice = ADVICE[reason ?? ''];
  const because = reason === null ? '' : ` (${reason})`;
  return new Error(`${cell(message, ERROR_CHARS_MAX)}${because}${advice === undefined ? '' : `. ${advice}`}`);
}
