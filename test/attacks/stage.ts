import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Test } from 'tap';
import { Access } from '../../broker/access/access.js';
import { AllowedNames } from '../../broker/access/names.js';
import { Rights } from '../../broker/access/rights.js';
import { httpHooks } from '../../broker/ops/http.js';
import { Page } from '../../broker/ops/page.js';
import { listen } from '../../broker/transports/listen.js';
import type { WebSocketServerKind } from '../../broker/transports/transport.js';
import { uwsServer } from '../../broker/transports/uws.js';
import { wsServer } from '../../broker/transports/ws.js';
import { HeldToken } from '../access/asking.js';
import { FakeClock } from '../sim/clock.js';
import { InMemory } from '../support/in-memory.js';
import { MemoryStore } from '../support/memory-store.js';
import type { ScriptedRuntime } from '../support/scripted-runtime.js';
import { anyPort } from '../transports/server.js';

const uws = await uwsServer();
/** What serves WebSockets: both, where both are there. */
export const serverKinds: readonly WebSocketServerKind[] = uws === null ? [wsServer] : [uws, wsServer];

export interface StageOptions {
  /** Nobody has to show a token: whoever gets past the names is in. */
  readonly noAuth?: boolean;
  readonly log?: Logger;
  readonly kind?: WebSocketServerKind;
  /** The folder of the page; none is built unless it is given. */
  readonly page?: string;
}

/** A broker on a real port, as `serve` puts it together; its runtime is scripted and its clock stands still. */
export class Stage {
  readonly token = new HeldToken();
  readonly clock = new FakeClock();
  readonly store = new MemoryStore();
  readonly access: Access;
  readonly memory: InMemory;
  /** `ws://127.0.0.1:PORT`. */
  url = '';

  private constructor({ noAuth = false, log }: StageOptions) {
    const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
    this.access = new Access({ names, token: noAuth ? null : this.token, clock: this.clock });
    const more = { access: this.access, rights: new Rights(), clock: this.clock, ...(log && { log }) };
    this.memory = new InMemory({}, this.store, Promise.resolve(), more);
  }

  static async open(t: Test, options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    const { kind = wsServer, log = pino({ level: 'silent' }), page = '' } = options;
    const hooks = httpHooks(stage.memory.broker, stage.access, log, new Page(page));
    const listener = await listen(anyPort, hooks, kind, null);
    t.teardown(() => listener.close());
    stage.url = listener.url;
    stage.access.listens(listener.url);
    await stage.memory.broker.start();
    return stage;
  }

  get runtime(): ScriptedRuntime {
    return this.memory.runtime;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** Pairs a device. */
  async device(
    role: 'controller' | 'observer',
    name: string = role,
  ): Promise<{ readonly id: string; readonly token: string }> {
    const [{ deviceId }, token] = await this.access.devices.add(name, role, this.clock.now());
    return { id: deviceId, token };
  }
}

/** The same subject with each kind of server. */
export function withEachServer(
  suite: Test,
  name: string,
  run: (t: Test, stage: Stage) => Promise<void>,
  options: StageOptions = {},
): void {
  for (const kind of serverKinds)
    void suite.test(`${name} (${kind.name})`, async (t) => run(t, await Stage.open(t, { ...options, kind })));
}
