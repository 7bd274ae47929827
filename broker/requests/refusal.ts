import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody, ErrorKind } from '../../protocol/errors.js';
import { isObject } from '../../protocol/messages.js';
import { parseObject } from '../framing/json-bytes.js';

/** The `error` member of an answer: the broker's own, or the runtime's as it came, whose `data` may be anything. */
export type AnyError = ErrorBody | RuntimeError;

interface RuntimeError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** A request is answered with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: AnyError;

  constructor(error: AnyError) {
    super(error.message);
    this.error = error;
  }

  /** The broker refuses it. */
  static of(kind: ErrorKind, message: string): Refusal {
    return new Refusal(errorBody(kind, message));
  }

  /** The stable word for it; null where there is none, as in most errors of the runtime. */
  get reason(): string | null {
    const { data } = this.error;
    return isObject(data) && typeof data['reason'] === 'string' ? data['reason'] : null;
  }
}

/** Whether the runtime may have done what it did not answer. */
export function mayBeDone(error: unknown): boolean {
  const reason = error instanceof Refusal ? error.reason : null;
  return reason === errors.runtimeExited.reason || reason === errors.unanswered.reason;
}

/** How the runtime refuses to list the turns of a thread before its first. */
export const NO_TURNS_YET = /not materialized|no rollout found/i;

/** What the runtime says of a thread that it cannot load or read, and what that means. */
const MEANINGS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/archived/i, errors.threadArchived],
  [
    /no rollout found|not found|not loaded|no thread|invalid thread id|unknown thread/i,
    errors.threadNotFound,
  ],
];

/** An error of the runtime about a thread, in the broker's terms. */
export function threadError(error: AnyError): ErrorBody {
  const kind = MEANINGS.find(([pattern]) => pattern.test(error.message))?.[1] ?? errors.runtimeFailed;
  return errorBody(kind, error.message);
}

/** The error of the runtime's answer. */
export function errorIn(line: Buffer): AnyError {
  const error = parseObject(line)?.['error'];
  if (isObject(error) && typeof error['message'] === 'string' && typeof error['code'] === 'number')
    return { ...error, code: error['code'], message: error['message'] };
  return errorBody(errors.runtimeFailed, 'The runtime refused it');
}
