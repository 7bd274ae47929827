import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The real Codex that the tests run against. */
export const CODEX_VERSION = '0.169.0';

const INSTALL_MS_MAX = 300_000;
const VERSION_MS_MAX = 10_000;

/** The program's path, or one line that says why it cannot be had: a test skips with it. */
export type Installed = { readonly command: string } | { readonly missing: string };
export type Codex = Installed;

/** A program of npm. Its command is called as the package is, less the scope, and tells its version. */
export interface NpmProgram {
  readonly name: string;
  readonly version: string;
  /** More options for `npm install`. */
  readonly options?: readonly string[];
}

const run = promisify(execFile);

/** Where downloads are kept between runs: outside the clone, `THREADCAST_TEST_CACHE` or `~/.cache/threadcast`. */
function cacheFolder(): string {
  return process.env['THREADCAST_TEST_CACHE'] ?? path.join(homedir(), '.cache', 'threadcast');
}

/** Fetches that version of Codex unless it is in the cache. Never throws. */
export async function installCodex(version = CODEX_VERSION): Promise<Codex> {
  return await installProgram({ name: '@openai/codex', version });
}

/** Fetches that version of that program unless it is in the cache. Never throws. */
export async function installProgram(program: NpmProgram): Promise<Installed> {
  const { name, version } = program;
  const bin = path.basename(name);
  const folder = path.join(cacheFolder(), `${bin}-${version}`);
  const command = path.join(folder, 'node_modules', '.bin', bin);
  try {
    if (!(await isProgram(command))) await fetchProgram(folder, program);
    const { stdout } = await run(command, ['--version'], { timeout: VERSION_MS_MAX });
    return stdout.includes(version)
      ? { command }
      : { missing: `${command} is not ${version} but ${stdout.trim()}` };
  } catch (error) {
    return { missing: `${name} ${version} cannot be had: ${firstLine(error)}` };
  }
}

async function isProgram(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Installs aside and moves the whole folder into place, so that what is in the cache is complete whoever is
 * killed when, and of two processes that do this at once one wins and the other throws its copy away.
 */
async function fetchProgram(folder: string, { name, version, options = [] }: NpmProgram): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const aside = await mkdtemp(`${folder}.`);
  try {
    const args = [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--prefix',
      aside,
      ...options,
      `${name}@${version}`,
    ];
    await run('npm', args, { timeout: INSTALL_MS_MAX, cwd: aside });
    await rename(aside, folder).catch(ignoreTaken);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function ignoreTaken(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}

function firstLine(error: unknown): string {
  return String(error).split('\n', 1).join('');
}
