import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Logger, LoggerOptions } from 'pino';
import { LOG_BYTES_MAX, LOG_FLUSH_MS_MAX } from '../../protocol/limits.js';
import { Refusal } from '../requests/refusal.js';

interface LogChoice {
  readonly level: string;
  /** An object a line, or lines for people. */
  readonly format: 'json' | 'pretty';
}

/** What nobody should log: should somebody, it is not written. */
const SECRETS = ['token', 'authorization', 'cookie', 'sec-websocket-protocol'];
const redactedPaths = SECRETS.flatMap((name) =>
  ['', '*', 'request.headers', 'req.headers'].map((path) => `${path}["${name}"]`),
);

/**
 * How the log is made. Prompts, texts, tokens and headers are not in it, at any level: methods, lengths and ids are.
 * The one thing that may hold anything is what the runtime writes to its stderr, at the level debug.
 */
export const loggerOptions: LoggerOptions = {
  base: null,
  redact: redactedPaths,
  serializers: { error: describeError },
};

/**
 * A log on stderr: a JSON object a line, or lines for people, in colour on a terminal. Nobody waits for whoever reads it:
 * what they leave unread is dropped beyond `LOG_BYTES_MAX`.
 */
export async function newLogger({ level, format }: LogChoice): Promise<Logger> {
  if (format === 'json') return pino({ ...loggerOptions, level }, unread());
  // It takes long to load.
  const { default: pretty } = await import('pino-pretty');
  const colorize = process.stderr.isTTY;
  const translateTime = 'SYS:yyyy-mm-dd HH:MM:ss.l';
  return pino({ ...loggerOptions, level }, pretty({ destination: unread(), colorize, translateTime }));
}

/** stderr, as long as its reader keeps up. */
function unread(): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line, _encoding, done) => {
      if (process.stderr.writableLength < LOG_BYTES_MAX) process.stderr.write(line);
      done();
    },
  });
}

/** Resolves when what was logged has been written, or will not be. */
export function flushed(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOG_FLUSH_MS_MAX).unref();
    process.stderr.write('', () => resolve());
  });
}

/** Errors of the runtime may quote what they are about: their code and the stable word for them must do. */
function describeError(error: unknown): unknown {
  if (error instanceof Refusal) return { type: error.name, code: error.error.code, reason: error.reason };
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack } = error;
  return { type: name, message, stack };
}
