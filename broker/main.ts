#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { addAttachments } from './cli/attachments.js';
import { CommandError, exitCodes, messageOf } from './cli/exit.js';
import { say } from './cli/output.js';
import { familyNames } from '../protocol/families.js';
import { configSchema, describeConfigError, fromEnvironment } from './config.js';
import type { Config } from './config.js';
import { openStateDir } from './cli/state-dir.js';
import type { StateDir } from './ops/state-dir.js';
import { version } from './ops/version.js';

/** What stands behind `--` is for the runtime (`serve`) or the TUI (`tui`), and is not ours to parse. */
const dashes = process.argv.indexOf('--');
const ownArgs = dashes === -1 ? process.argv : process.argv.slice(0, dashes);
const behindDashes = dashes === -1 ? [] : process.argv.slice(dashes + 1);

const again = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];

/** Each option can also be given in the environment: config.ts reads both. */
const option = (flags: string, description: string): Option => new Option(flags, description);

const stateDirOption = (): Option =>
  option('--state-dir <folder>', 'where the broker keeps its socket and its state');

const runOptions = (): readonly Option[] => [
  option('--listen <url>', 'ws://HOST:PORT or unix://PATH; can be repeated').argParser(again),
  option('--runtime <url>', 'a runtime that already listens, ws://… or unix://…'),
  option('--demo', 'the embedded demo runtime, also where codex is on PATH'),
  option('--demo-args <args>', 'its own options, as one string'),
  option('--declare <name>', 'declare one more capability to the runtime; can be repeated').argParser(again),
  option('--client-name <name>', 'what the broker calls itself to the runtime'),
  option('--ring-bytes <bytes>', 'what the log of one thread holds (default 16777216)'),
  option('--memory-bytes <bytes>', 'what all logs together hold (default 134217728)'),
  option('--stall-ms <ms>', 'how long a WebSocket client may read nothing before it is cut (default 30000)'),
  option('--grace-ms <ms>', 'how long a thread that nobody watches stays loaded (default 1800000)'),
  option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent'),
  option('--log-format <format>', 'json (the default) or pretty'),
  option('--notify-command <command>', 'run when a request waits for a person; see the README'),
];

/** Who may reach the broker, and how. */
const accessOptions = (): readonly Option[] => [
  option('--token-file <file>', 'where the token is kept (default STATE/token)'),
  option('--no-auth', 'ask nobody for a token; on loopback only'),
  option('--allow-origin <origin>', 'web pages from there may connect, too; can be repeated').argParser(
    again,
  ),
  option('--allow-host <host>', 'the broker may be called by that name, too; can be repeated').argParser(
    again,
  ),
  option('--public-url <url>', 'where others reach it, behind a proxy or a tunnel'),
  option('--tls-cert <file>', 'the certificate for wss://, PEM'),
  option('--tls-key <file>', 'its key'),
  option('--insecure-listen', 'listen beyond loopback without TLS'),
  option(
    '--remote-allow <family>',
    `let remote clients call ${familyNames.join(', ')}; can be repeated`,
  ).argParser(again),
  option('--remote-deny <family>', 'do not let them; can be repeated').argParser(again),
];

const serveOptions = (): readonly Option[] => [...runOptions(), ...accessOptions()];

function configFrom({ auth, ...options }: { readonly auth?: boolean }, command: readonly string[]): Config {
  // What commander makes of `--no-auth`, and of its absence, where the environment may say it.
  const noAuth = auth === false ? { noAuth: true } : {};
  const parsed = configSchema.safeParse({ ...fromEnvironment(process.env), ...options, ...noAuth, command });
  if (!parsed.success) throw new CommandError(describeConfigError(parsed.error), exitCodes.usage);
  return parsed.data;
}

const stateDirFrom = (options: object): StateDir => openStateDir(configFrom(options, []).stateDir);

/** The arguments of `serve` that `tui` was given, to start a broker with. */
function serveArgsOf(options: Readonly<Record<string, string | boolean | string[] | undefined>>): string[] {
  return serveOptions().flatMap((one) => {
    const value = options[one.attributeName()];
    if (value === undefined || (one.negate && value === true)) return [];
    return typeof value === 'boolean'
      ? [`--${one.name()}`]
      : [value].flat().flatMap((each) => [`--${one.name()}`, each]);
  });
}

const ENVIRONMENT_HELP = `
Every option of serve can also be given in the environment: --listen as THREADCAST_LISTEN (a list with
commas), --state-dir as THREADCAST_STATE_DIR, --demo as THREADCAST_DEMO=true.`;

function commandLine(): Command {
  const program = new Command('threadcast')
    .description('One coding agent, many screens: every client live on the same thread.')
    .version(version)
    .addHelpText('afterAll', ENVIRONMENT_HELP)
    .exitOverride()
    .configureOutput({ outputError: () => {} });

  const serveCommand = program
    .command('serve', { isDefault: true })
    .description('start the broker (the default); the runtime and its arguments stand behind --')
    .usage('[options] [-- RUNTIME [ARG…]]')
    .addOption(stateDirOption())
    .addOption(option('--stdio', 'be a client on stdin and stdout too; the end of stdin stops the broker'))
    .addOption(option('--keep', 'with --stdio: go on when stdin ends'))
    .addOption(option('--open', 'open the page in the default browser'))
    .action(async (options: object) => {
      const { serve } = await import('./cli/serve.js');
      await serve(configFrom(options, behindDashes));
    });
  for (const one of serveOptions()) serveCommand.addOption(one);

  const tuiCommand = program
    .command('tui')
    .description(
      'the Codex TUI on the broker, which is started where none runs; the arguments of the TUI stand behind --',
    )
    .usage('[options] [-- TUI-ARG…]')
    .addOption(stateDirOption())
    .action(async (options: Record<string, string | boolean | string[]>) => {
      const { tui } = await import('./cli/tui.js');
      process.exitCode = await tui(stateDirFrom(options), behindDashes, serveArgsOf(options));
    });
  for (const one of serveOptions()) tuiCommand.addOption(one);
  addClients(program);
  return program;
}

/** The commands that need a broker that runs. */
function addClients(program: Command): void {
  program
    .command('connect [url]')
    .description('stdin and stdout to a running broker, for editors that can only start a command')
    .addOption(stateDirOption())
    .action(async (url: string | undefined, options: object) => {
      const { connect } = await import('./cli/connect.js');
      await connect(stateDirFrom(options), url);
    });
  program
    .command('threads')
    .description('list the threads')
    .addOption(stateDirOption())
    .option('--json', 'a JSON object a line')
    .action(async (options: { json?: boolean }) => {
      const { threads } = await import('./cli/threads.js');
      await threads(stateDirFrom(options), { json: options.json === true });
    });
  program
    .command('tail [thread]')
    .description('print what happens as JSON lines, on one thread or on what everyone gets')
    .addOption(stateDirOption())
    .option('--since <epoch:seq>', 'first what came after this entry, with the position of each')
    .action(async (thread: string | undefined, options: { since?: string }) => {
      const { tail } = await import('./cli/tail.js');
      await tail(stateDirFrom(options), thread, options.since);
    });
  program
    .command('status')
    .description('what runs, where it listens, who is attached')
    .addOption(stateDirOption())
    .option('--json', 'as one JSON object')
    .action(async (options: { json?: boolean }) => {
      const { status } = await import('./cli/status.js');
      await status(stateDirFrom(options), { json: options.json === true });
    });
  addAttachments(program, stateDirOption, stateDirFrom);
  addAccess(program);
  program
    .command('mcp')
    .description(
      'an MCP server on stdin and stdout: the tools with which an agent works with attached threads',
    )
    .addOption(stateDirOption())
    .option('--thread <id>', 'the thread that it acts for, where the client does not name it with each call')
    .action(async (options: { thread?: string }) => {
      // It brings the MCP SDK along, which takes longer to load than all the rest.
      const { mcp } = await import('./cli/mcp.js');
      await mcp(stateDirFrom(options), options.thread);
    });
}

/** The commands that say who may come. */
function addAccess(program: Command): void {
  program
    .command('pair [name]')
    .description('show a QR code and a short code that make a device, a phone say, one of yours')
    .addOption(stateDirOption())
    .addOption(
      new Option('--role <role>', 'what it may do').choices(['controller', 'observer']).default('controller'),
    )
    .action(async (name: string | undefined, { role, ...options }: { role: string }) => {
      const { pair } = await import('./cli/pair.js');
      await pair(stateDirFrom(options), { name, role });
    });
  program
    .command('devices')
    .description('list the devices that were paired')
    .addOption(stateDirOption())
    .option('--json', 'a JSON object a line')
    .action(async (options: { json?: boolean }) => {
      const { devices } = await import('./cli/devices.js');
      await devices(stateDirFrom(options), { json: options.json === true });
    });
  program
    .command('revoke <device>')
    .description('take a device back, by its id or name; its connections end at once')
    .addOption(stateDirOption())
    .action(async (device: string, options: object) => {
      const { revokeDevice } = await import('./cli/devices.js');
      await revokeDevice(stateDirFrom(options), device);
    });
  program
    .command('token')
    .description('the token that remote clients show')
    .command('rotate')
    .description('another one in its place; what was connected with the old one is closed')
    .addOption(stateDirOption())
    .option('--token-file <file>', 'where it is kept, for a broker that does not run')
    .action(async (options: { auth?: boolean; tokenFile?: string }) => {
      const { rotateToken } = await import('./cli/token.js');
      await rotateToken(stateDirFrom(options), configFrom(options, []).tokenFile);
    });
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and the version are asked for; everything else commander throws is a wrong command line.
    if (error.exitCode === 0) return exitCodes.ok;
    say(`threadcast: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}`);
    return exitCodes.usage;
  }
  say(`threadcast: ${messageOf(error)}`);
  return error instanceof CommandError ? error.exitCode : exitCodes.failure;
}

// Whoever reads it may be gone; that is no reason to end.
process.stderr.on('error', () => {});
try {
  await commandLine().parseAsync(ownArgs);
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
// Whatever still holds a socket open has had its time.
process.exit();
