import { reason } from './errors.js';
import { parseFlags, UsageError } from './flags.js';
import { serve } from './serve.js';

/**
 * The demo runtime: a program that speaks the app-server protocol on stdin and stdout, with no model behind it.
 * The end of stdin ends it with code 0, as does a reader that goes away; 1: the state folder cannot be used,
 * 2: a wrong command line.
 */
const { stdin, stdout } = process;
const log = (line: string): void => void process.stderr.write(`threadcast demo: ${line}\n`);

try {
  const flags = parseFlags(process.argv.slice(2));
  stdout.on('error', () => process.exit(0));
  await serve(flags, { stdin, stdout, log });
  process.exit(0);
} catch (error) {
  log(reason(error));
  process.exit(error instanceof UsageError ? 2 : 1);
}
