import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { startChild } from './child.js';
import type { RuntimeEvents, RuntimeLink } from './link.js';
import { connectSocket } from './socket.js';

/** What to run behind the broker. */
export type RuntimeChoice =
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'url'; readonly url: string }
  /** The embedded demo runtime; its threads are kept in `stateDir`. */
  | { readonly kind: 'demo'; readonly stateDir: string; readonly args: readonly string[] };

/** Starts the runtime, or connects to it. What it says comes through `events`, from the next turn of work on. */
export function startRuntime(choice: RuntimeChoice, events: RuntimeEvents, log: Logger): RuntimeLink {
  switch (choice.kind) {
    case 'url':
      return connectSocket(choice.url, events);
    case 'command': {
      const label = [choice.command, ...choice.args].join(' ');
      return startChild({ command: choice.command, args: choice.args, label }, events, log);
    }
    case 'demo': {
      const args = [...process.execArgv, demoMain(), '--state-dir', choice.stateDir, ...choice.args];
      return startChild({ command: process.execPath, args, label: 'the demo runtime' }, events, log);
    }
  }
}

/** Beside this file, with the same ending: compiled it is JavaScript, in tests TypeScript. */
function demoMain(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(
    new URL(here.endsWith('.ts') ? '../demo/main.ts' : '../demo/main.js', import.meta.url),
  );
}
