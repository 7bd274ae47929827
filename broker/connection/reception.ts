import type { InitializeResult, V1Greeting } from '../../protocol/schemas.js';
import { initializeParams } from '../../protocol/schemas.js';
import { version } from '../ops/version.js';
import type { Logs } from '../thread/logs.js';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import { initializeResultFor } from './handshake.js';
import type { Greeting } from './handshake.js';
import type { DecodedRequest } from './session.js';

export interface ReceptionContext {
  readonly connections: Connections;
  readonly greeting: Greeting;
  readonly logs: Logs;
  /** What the runtime answered to the broker's own `initialize`. */
  runtime(): InitializeResult;
  /** Somebody is here. */
  came(connection: Connection): void;
}

/**
 * Answers `initialize`, says what the runtime greets with, and subscribes to the lobby: from now on, or from where a
 * v1 client that comes back has come to.
 */
export class Reception {
  readonly #context: ReceptionContext;

  constructor(context: ReceptionContext) {
    this.#context = context;
  }

  /** `params` are those of `initialize`, which have been found valid. */
  receive(connection: Connection, { id, params }: DecodedRequest): void {
    const { client } = connection;
    if (client === null) return;
    const { connections, greeting, logs } = this.#context;
    const { lobby } = logs;
    const result = initializeResultFor(client, this.#context.runtime());
    const extension = initializeParams.safeParse(params).data?.capabilities?.extensions?.threadcast;
    const since = connection.wire === 'stock' ? null : (extension?.lobby ?? null);
    const from = since !== null && lobby.covers(since) ? since.seq : null;
    const threadcast: V1Greeting = {
      version: 1,
      broker: `threadcast/${version}`,
      connectionId: connection.id,
      role: client.observer ? 'observer' : 'controller',
      lobby: { ...lobby.position, recovered: from !== null },
      previous: connections.previous(extension?.previousConnectionId ?? '', connection.credential),
    };
    connection.answer(id, connection.wire === 'stock' ? result : { ...result, threadcast });
    greeting.give(connection);
    connection.outbox.follow(lobby, from ?? lobby.seq);
    connections.admit(connection);
    this.#context.came(connection);
  }
}
