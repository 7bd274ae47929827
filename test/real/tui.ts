import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Test } from 'tap';
import { createHome, type CodexHome } from '../codex/server.js';
import { noTmux, Terminal } from '../support/tmux.js';
import { noCodex, type Stage } from './stage.js';

/** Why a test with the real TUI has to be skipped; false when it need not be. */
export const noTui: string | false = noCodex === false ? await noTmux() : noCodex;

/** What the TUI shows when it waits for somebody to type. */
const PROMPT = 'Ask Codex to do anything';
/** What it shows when it asks whether a command may run. */
export const QUESTION = 'Would you like to run the following command?';

/** Between a key that may have been ignored and the next. */
const KEY_MS = 50;

/** The Codex TUI with these arguments and variables, once it can be typed into. Its config is its own, not that of the server. */
export async function startTui(
  t: Test,
  stage: Stage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Terminal> {
  const home = await createHome({ modelUrl: stage.model.url });
  t.teardown(async () => await home.remove());
  await configureTui(home);
  return await startTerminal(t, { ...home, env: { ...home.env, ...env } }, [stage.codex, ...args]);
}

/** Keys that come as fast as ours are else taken for a paste, in which Enter is a new line. */
export async function configureTui({ env }: CodexHome): Promise<void> {
  const file = path.join(env['CODEX_HOME'] ?? '', 'config.toml');
  await writeFile(file, `disable_paste_burst = true\n${await readFile(file, 'utf8')}`);
}

/** A command that ends up in a Codex TUI of that home, once it can be typed into. */
export async function startTerminal(
  t: Test,
  { env, work: cwd }: Pick<CodexHome, 'env' | 'work'>,
  [command = '', ...args]: readonly string[],
): Promise<Terminal> {
  const terminal = await Terminal.start({ command, args, env: { ...env, TERM: 'screen-256color' }, cwd });
  t.teardown(async () => await terminal.end());
  await terminal.shows(PROMPT);
  return terminal;
}

/** Types a prompt and sends it. */
export async function prompt(terminal: Terminal, words: string): Promise<void> {
  await terminal.type(words);
  await terminal.shows(`› ${words}`);
  await terminal.press('Enter');
}

/**
 * Says yes to the question on the screen. More than once: when somebody has typed just before, the TUI ignores the
 * first keys. On its empty prompt, where the last one may end up, Enter does nothing.
 */
export async function approve(terminal: Terminal): Promise<void> {
  await terminal.shows(QUESTION);
  const repeat = setInterval(() => void terminal.press('Enter'), KEY_MS);
  await terminal.hides(QUESTION).finally(() => clearInterval(repeat));
}
