import type { Logger } from 'pino';
import type { Access } from '../access/access.js';
import { openStore } from '../attachments/lmdb-store.js';
import { Broker } from '../broker.js';
import type { BrokerBounds } from '../bounds.js';
import { systemClock } from '../clock.js';
import { endpoints, runtimeChoice } from '../config.js';
import type { Config } from '../config.js';
import { httpHooks } from '../ops/http.js';
import { flushed, newLogger } from '../ops/logger.js';
import { Page, PAGE_FOLDER } from '../ops/page.js';
import { AlreadyRunning } from '../ops/state-dir.js';
import type { StateDir } from '../ops/state-dir.js';
import { version } from '../ops/version.js';
import type { RuntimeExit } from '../runtime/link.js';
import type { RuntimeChoice } from '../runtime/start.js';
import { startRuntime } from '../runtime/start.js';
import { listen, webSocketServerKind } from '../transports/listen.js';
import { stdioTransport } from '../transports/stdio.js';
import { ListenError } from '../transports/transport.js';
import { tlsWarning } from '../transports/tls.js';
import type { Listener, TlsPair } from '../transports/transport.js';
import { TOKEN_VARIABLE } from './broker-address.js';
import { connect } from './connect.js';
import { CommandError, exitCodes, messageOf } from './exit.js';
import { say } from './output.js';
import { openAccess, readTlsPair, rightsOf, tokenFileOf, tokenOf } from './open-access.js';
import { openPage, pageLink } from './page-link.js';
import { openStateDir } from './state-dir.js';

/** What a parent that started us with an IPC channel is told once clients may come. */
export const READY_MESSAGE = 'threadcast:ready';

/**
 * Runs a broker until it is told to stop or its runtime is gone.
 * @throws {CommandError}
 */
export async function serve(config: Config): Promise<void> {
  const stateDir = openStateDir(config.stateDir);
  try {
    stateDir.claim();
  } catch (error) {
    if (!(error instanceof AlreadyRunning)) throw error;
    if (config.stdio) return connect(stateDir, undefined);
    throw new CommandError(error.message, exitCodes.alreadyRunning);
  }
  try {
    const log = await newLogger({ level: config.logLevel, format: config.logFormat });
    await new Service(config, stateDir, log).run();
  } finally {
    stateDir.release();
    await flushed();
  }
}

/** One run of the broker in this process, from the first socket to the last. */
class Service {
  readonly #config: Config;
  readonly #stateDir: StateDir;
  readonly #log: Logger;
  readonly #choice: RuntimeChoice;
  readonly #access: Access;
  readonly #listeners: Listener[] = [];
  /** Resolves with why the broker ends: null when it was told to. */
  readonly #ended: Promise<RuntimeExit | null>;
  #end: (exit: RuntimeExit | null) => void = ignore;
  /** Removes what `--open` has left. */
  #removeRedirect: () => void = ignore;

  constructor(config: Config, stateDir: StateDir, log: Logger) {
    this.#config = config;
    this.#stateDir = stateDir;
    this.#choice = runtimeChoice(config);
    this.#access = openAccess(config, stateDir);
    this.#log = log;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  async run(): Promise<void> {
    // It is for commands; the runtime and its agents need not see it.
    delete process.env[TOKEN_VARIABLE];
    const broker = new Broker({
      startRuntime: (events) => startRuntime(this.#choice, events, this.#log),
      access: this.#access,
      rights: rightsOf(this.#config),
      identity: { name: this.#config.clientName, version, declare: this.#config.declare },
      runtimeExited: (exit) => this.#end(exit),
      notifyCommand: this.#config.notifyCommand ?? null,
      openStore: () => openStore(this.#stateDir.storePath),
      clock: systemClock,
      bounds: boundsOf(this.#config),
      log: this.#log,
    });
    const stop = (): void => this.#end(null);
    process
      .once('SIGTERM', stop)
      .once('SIGINT', stop)
      // On a terminal it says that the terminal has gone.
      .on('SIGHUP', process.stderr.isTTY ? stop : () => this.#reload());
    try {
      await this.#listen(broker);
      // Told to stop while the runtime is starting: there is nothing to announce.
      await Promise.race([broker.start().then(() => this.#started(broker)), this.#ended.then(failOnExit)]);
      failOnExit(await this.#ended);
    } finally {
      this.#removeRedirect();
      for (const listener of this.#listeners) listener.close();
      await broker.stop();
    }
  }

  async #listen(broker: Broker): Promise<void> {
    const kind = await webSocketServerKind();
    if (kind.name === 'ws')
      this.#log.warn('uWebSockets.js has no binary for this Node or platform: using ws, which is slower');
    const hooks = httpHooks(broker, this.#access, this.#log, new Page(PAGE_FOLDER));
    const tls = readTlsPair(this.#config);
    try {
      for (const endpoint of endpoints(this.#config, this.#stateDir.socketPath)) {
        const listener = await listen(endpoint, hooks, kind, tls);
        this.#listeners.push(listener);
        this.#access.listens(listener.url);
      }
      this.#warn(tls);
    } catch (error) {
      if (error instanceof ListenError) throw new CommandError(error.message, exitCodes.usage);
      throw error;
    }
  }

  /** Reads the token and the certificate anew. What is no good leaves all as it was. */
  #reload(): void {
    this.#readAgain('the token', () => this.#access.reload());
    this.#readAgain('the certificate', () => {
      const tls = readTlsPair(this.#config);
      for (const listener of this.#listeners) if (tls !== null) listener.renew(tls);
      this.#warn(tls);
    });
  }

  #readAgain(what: string, read: () => void): void {
    try {
      read();
      this.#log.info(`${what} was read again`);
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, `${what} is no good: the old one stays`);
    }
  }

  /** Says what an operator should know. */
  #warn(tls: TlsPair | null): void {
    const warning = tls === null ? null : tlsWarning(tls, systemClock.now());
    if (warning !== null) this.#log.warn(warning);
    if (this.#config.insecureListen)
      this.#log.warn(
        '--insecure-listen: everybody on the way to a port without TLS can read the token and all that is said',
      );
  }

  #started(broker: Broker): void {
    this.#announce(broker);
    if (this.#config.stdio) this.#attachStdio(broker);
  }

  #announce(broker: Broker): void {
    const urls = this.#listeners.map((listener) => listener.url);
    broker.listen = urls;
    const tokenFile = tokenFileOf(this.#config, this.#stateDir);
    this.#stateDir.announce(urls, tokenFile);
    const tuiUrl = urls.find((url) => url.startsWith('unix:')) ?? urls[0];
    say(`threadcast ${version}`);
    say(
      `  runtime    ${broker.runtimeLabel}${this.#choice.kind === 'demo' && !this.#config.demo ? ', as no codex is on PATH' : ''}`,
    );
    for (const url of urls) say(`  listening  ${url}`);
    if (tokenFile !== null && urls.some((url) => !url.startsWith('unix:')))
      say(`  token      in ${tokenFile}`);
    this.#showPage();
    if (tuiUrl !== undefined) say(`  attach     codex --remote ${tuiUrl}`);
    process.send?.(READY_MESSAGE);
  }

  /** Says where the page is; with the token where only a person reads it: what is not a terminal may be kept. */
  #showPage(): void {
    const { publicUrl } = this.#access;
    if (publicUrl === null) return;
    const link = pageLink(publicUrl, tokenOf(this.#config, this.#stateDir));
    say(`  open       ${process.stderr.isTTY ? link : pageLink(publicUrl, null)}`);
    if (this.#config.open) this.#removeRedirect = openPage(link, this.#stateDir.redirectPath);
  }

  #attachStdio(broker: Broker): void {
    stdioTransport(process.stdin, process.stdout, (transport) => {
      const events = broker.attach(transport);
      return {
        ...events,
        closed: () => {
          events.closed();
          if (!this.#config.keep) this.#end(null);
        },
      };
    });
  }
}

/** What the command line bounds; the rest is as it is by default. */
function boundsOf({ ringBytes, memoryBytes, stallMs, graceMs }: Config): Partial<BrokerBounds> {
  return { ringBytes, memoryBytes, stallMs, graceMs };
}

function ignore(): void {}

function failOnExit(exit: RuntimeExit | null): void {
  if (exit === null) return;
  const lines = exit.stderr.map((line) => `\n  ${line}`).join('');
  throw new CommandError(`${exit.summary}${lines === '' ? '' : `; it last said:${lines}`}`);
}
