import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  GRACE_MS,
  GRACE_MS_MAX,
  GRACE_MS_MIN,
  MEMORY_BYTES_MAX,
  RING_BYTES_MAX,
  RING_BYTES_MIN,
  STALL_MS_MAX,
  STALL_MS_MIN,
  UNIX_PATH_BYTES_MAX,
} from '../protocol/limits.js';
import { familyNames } from '../protocol/families.js';
import { isLoopback } from './access/names.js';
import type { RuntimeChoice } from './runtime/start.js';
import { endpointUrl, parseEndpoint } from './transports/endpoint.js';
import { ListenError } from './transports/transport.js';
import type { Endpoint } from './transports/transport.js';

const anyEndpoint = z.string().transform((text, context): Endpoint => {
  try {
    return parseEndpoint(text);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    context.addIssue(error.message);
  }
  return z.NEVER;
});

/** `true`/`1` and `false`/`0` from the environment; a flag on the command line is a boolean already. */
const flag = z.union([z.boolean(), z.stringbool()], { error: 'expected true or false' }).default(false);
/** Given again and again on the command line, or once with commas in the environment. */
const list = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value),
  z.array(z.string()),
);

const families = list.pipe(z.array(z.enum(familyNames)));

/** `https://HOST[:PORT]`, as a browser writes it. */
const webOrigin = z.string().transform((text, context): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && [url.origin, `${url.origin}/`].includes(url.href))
    return url.origin;
  context.addIssue('expected http://HOST[:PORT] or https://HOST[:PORT]');
  return z.NEVER;
});

/** The same, or what an app has in its place: `vscode-webview://ID`. */
const origin = z
  .string()
  .regex(
    /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[^\s/]+$/i,
    'expected http(s)://HOST[:PORT], or the SCHEME://ID of an app',
  )
  .or(webOrigin);

const absolutePath = z
  .string()
  .min(1)
  .transform((text) => resolve(text));

/** A count of bytes or milliseconds. */
const amount = z.coerce.number().int().max(Number.MAX_SAFE_INTEGER);

/** Every option of `serve`, whether it comes from the command line or from `THREADCAST_…`. */
export const configSchema = z
  .object({
    listen: list.pipe(z.array(anyEndpoint)).optional(),
    runtime: z
      .string()
      .regex(/^(unix|ws):\/\/./, 'expected ws://HOST:PORT or unix://PATH')
      .optional(),
    demo: flag,
    demoArgs: z.string().default(''),
    stdio: flag,
    keep: flag,
    open: flag,
    stateDir: z.string().min(1).default(defaultStateDir).pipe(absolutePath),
    declare: list.default([]),
    clientName: z.string().min(1).default('threadcast'),
    ringBytes: amount.min(RING_BYTES_MIN).default(RING_BYTES_MAX),
    memoryBytes: amount.min(RING_BYTES_MIN).default(MEMORY_BYTES_MAX),
    stallMs: amount.min(STALL_MS_MIN).default(STALL_MS_MAX),
    graceMs: amount.min(GRACE_MS_MIN).max(GRACE_MS_MAX).default(GRACE_MS),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('warn'),
    logFormat: z.enum(['json', 'pretty']).default('json'),
    tokenFile: absolutePath.optional(),
    noAuth: flag,
    allowOrigin: list.pipe(z.array(origin)).default([]),
    allowHost: list
      .pipe(
        z.array(
          z.string().regex(/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i, 'expected HOST[:PORT]'),
        ),
      )
      .default([]),
    publicUrl: webOrigin.optional(),
    tlsCert: absolutePath.optional(),
    tlsKey: absolutePath.optional(),
    insecureListen: flag,
    remoteAllow: families.default([]),
    remoteDeny: families.default([]),
    notifyCommand: z.string().min(1).optional(),
    /** Behind `--`: the runtime and its arguments. */
    command: z.array(z.string()).default([]),
  })
  .refine(
    (config) =>
      [config.demo, config.runtime !== undefined, config.command.length > 0].filter(Boolean).length <= 1,
    {
      message: 'only one of --demo, --runtime and -- RUNTIME can be given',
    },
  )
  .refine((config) => !(config.stdio && config.runtime !== undefined), {
    message: '--stdio and --runtime do not go together: a stdio client must be able to make the runtime wait',
  })
  .refine((config) => config.ringBytes <= config.memoryBytes, {
    message: '--memory-bytes must be at least --ring-bytes',
  })
  .refine((config) => config.stdio || !config.keep, { message: '--keep goes with --stdio' })
  .superRefine((config, context) => {
    const objection = listenObjection(config);
    if (objection !== null) context.addIssue(objection);
  });
export type Config = z.infer<typeof configSchema>;

/** What must not be reached like this; null where all is well. */
function listenObjection(config: {
  readonly listen?: readonly Endpoint[] | undefined;
  readonly noAuth: boolean;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly publicUrl?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly insecureListen: boolean;
}): string | null {
  const { noAuth, allowHost, allowOrigin, insecureListen, publicUrl } = config;
  const tcp = (config.listen ?? []).filter((endpoint) => endpoint.kind === 'tcp');
  const beyond = tcp.filter(({ host }) => !isLoopback(host));
  const named = [...allowHost.map((host) => `http://${host}`), ...allowOrigin, publicUrl ?? ''];
  const isNamed = named.some(
    (url) => /^https?:/.test(url) && URL.canParse(url) && !isLoopback(new URL(url).hostname),
  );
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined))
    return '--tls-cert and --tls-key go together';
  if (tcp.some(({ tls }) => tls) && config.tlsCert === undefined)
    return 'wss:// needs --tls-cert and --tls-key';
  if (config.tlsCert !== undefined && config.listen !== undefined && !tcp.some(({ tls }) => tls))
    return '--tls-cert is for wss://, which --listen does not name';
  if (noAuth && (beyond.length > 0 || isNamed))
    return '--no-auth is for loopback only: from elsewhere a token has to be shown';
  const open = beyond.find(({ tls }) => !tls);
  if (open !== undefined && !insecureListen)
    return `${endpointUrl(open)} is beyond loopback: listen on wss:// there, or accept with --insecure-listen that everybody on the way can read the token`;
  return null;
}

/** What to run behind the broker, by what was asked for and what is there. */
export function runtimeChoice(config: Config): RuntimeChoice {
  const [command, ...args] = config.command;
  if (command !== undefined) return { kind: 'command', command, args };
  if (config.runtime !== undefined) return { kind: 'url', url: config.runtime };
  if (!config.demo && isOnPath('codex')) return { kind: 'command', command: 'codex', args: ['app-server'] };
  const demoArgs = config.demoArgs.split(' ').filter((arg) => arg !== '');
  return { kind: 'demo', stateDir: join(config.stateDir, 'demo'), args: demoArgs };
}

/** The options that the environment gives: `THREADCAST_STATE_DIR` is `stateDir`. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const options: Record<string, string> = {};
  for (const name of Object.keys(configSchema.shape)) {
    const value =
      environment[`THREADCAST_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`];
    if (value !== undefined && name !== 'command') options[name] = value;
  }
  return options;
}

/**
 * Where to listen: what was asked for, else the default port; and the state dir's socket, by which the commands reach
 * the broker, unless there is another, or its path is too long for one.
 */
export function endpoints(config: Config, socketPath: string): readonly Endpoint[] {
  const tls = config.tlsCert !== undefined;
  const asked = config.listen ?? [{ kind: 'tcp', host: '127.0.0.1', port: 4500, tls }];
  const hasSocket = asked.some(({ kind }) => kind === 'unix');
  const isTooLong = Buffer.byteLength(socketPath) > UNIX_PATH_BYTES_MAX;
  return hasSocket || isTooLong ? asked : [...asked, { kind: 'unix', path: socketPath }];
}

/** One line that says which option is wrong, and how. */
export function describeConfigError(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = String(issue?.path[0] ?? '');
  const option =
    path === '' ? '' : `--${path.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: `;
  return option + (issue?.message ?? error.message);
}

function defaultStateDir(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'threadcast');
}

/** Whether there is such a program. */
export function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
