import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { Clock } from './clock.js';
import { Demo } from './demo.js';
import { takeLine } from './dispatch.js';
import type { Log } from './errors.js';
import type { Flags } from './flags.js';
import { Ids } from './ids.js';
import { readLines } from './input.js';
import { EXIT_MS_MAX } from './limits.js';
import { Output } from './output.js';
import { seedThreads } from './seeds/index.js';
import { Store } from './store.js';

/** What a demo runtime is connected to. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly log: Log;
}

/**
 * Serves one client until the end of stdin, and gives stdout a moment to take what is left.
 * @throws when the state folder cannot be used.
 */
export async function serve(flags: Flags, { stdin, stdout, log }: Streams): Promise<void> {
  const output = new Output(stdout);
  const demo = openDemo(flags, output, log);
  await readLines(stdin, output, {
    line: (line) => takeLine(demo, line),
    tooLong: (bytes) => log(`skipped a line of ${bytes} bytes`),
  });
  demo.stop();
  await Promise.race([output.end(), setTimeout(EXIT_MS_MAX, undefined, { ref: false })]);
}

function openDemo(flags: Flags, output: Output, log: Log): Demo {
  const store = new Store(flags.stateDir, log);
  const ids = Ids.seeded(flags.seed, store.life);
  const demo = new Demo(ids, new Clock(flags.paceEventsPerS), output, store, { ...flags, log });
  if (store.life === 0) seedThreads(demo);
  return demo;
}
