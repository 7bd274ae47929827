import type { Logger } from 'pino';
import { close } from '../../protocol/close.js';
import { decodeStock } from '../../protocol/codec.js';
import { msgpackToJson } from '../../protocol/msgpack.js';
import type { Decoded } from '../../protocol/codec.js';
import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import type { Rights } from '../access/rights.js';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import type { RequestId } from '../../protocol/messages.js';
import { clientMethod, clientMethods } from '../../protocol/methods.js';
import { readEnvelope } from '../framing/envelope.js';
import type { Counters } from '../ops/counters.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { BrokerMethods } from './broker-methods.js';
import type { Connection } from './connection.js';
import type { Forwarder } from './forwarder.js';
import { experimentalPart, identify } from './handshake.js';
import type { Reception } from './reception.js';

export type DecodedRequest = Extract<Decoded, { kind: 'request' }>;

export interface SessionContext {
  readonly counters: Counters;
  readonly log: Logger;
  readonly requests: ServerRequests;
  readonly forwarder: Forwarder;
  readonly brokerMethods: BrokerMethods;
  readonly reception: Reception;
  readonly rights: Pick<Rights, 'refusal'>;
}

/** What one client says: every frame is decoded, checked, and given to whoever answers it. */
export class Session {
  readonly #connection: Connection;
  readonly #context: SessionContext;

  constructor(connection: Connection, context: SessionContext) {
    this.#connection = connection;
    this.#context = context;
  }

  /** One frame. It is valid only during the call. */
  message(frame: Buffer, binary: boolean): void {
    const { counters } = this.#context;
    counters.clientMessages += 1;
    counters.clientBytesIn += frame.length;
    this.#connection.received.frames += 1;
    this.#connection.received.bytes += frame.length;
    if (this.#connection.wire !== 'msgpack') {
      this.#decoded(frame, decodeStock(frame, binary));
      return;
    }
    const json = msgpackToJson(frame, binary);
    if (json === null) this.#decoded(frame, { kind: 'badFrame' });
    else this.#decoded(Buffer.from(json.buffer, json.byteOffset, json.byteLength), decodeStock(json, false));
  }

  /** `frame` is the message in JSON. */
  #decoded(frame: Buffer, decoded: Decoded): void {
    switch (decoded.kind) {
      case 'request':
        this.#request(frame, decoded);
        return;
      case 'answer':
        this.#answer(frame);
        return;
      case 'notification':
        // `initialized` is the only one there is; app-server ignores it, and any other.
        this.#context.counters.clientNotifications += 1;
        return;
      case 'invalid':
        this.#context.counters.clientInvalid += 1;
        this.#connection.send(decoded.answer);
        return;
      case 'badFrame':
        this.#context.counters.clientInvalid += 1;
        this.#connection.close(close.badFrame);
    }
  }

  /** A frame over the limit went by. A WebSocket is closed; stdio has no other way to us, and gets an error. */
  tooLarge(bytes: number): void {
    this.#context.counters.clientInvalid += 1;
    if (this.#connection.transport.kind !== 'stdio') this.#connection.close(close.tooLarge);
    else {
      const error = errorBody(
        errors.tooLarge,
        `A message of ${bytes} bytes is over the limit of ${FRAME_BYTES_MAX}`,
      );
      this.#connection.send({ error, id: null });
    }
  }

  #request(frame: Buffer, request: DecodedRequest): void {
    const envelope = readEnvelope(frame);
    if (envelope === null || envelope.id === null) {
      this.#refuse(request.id, errorBody(errors.invalidRequest, 'Invalid request: a member stands twice'));
      return;
    }
    if (request.method === 'initialize') {
      this.#initialize(request);
      return;
    }
    this.#trace(request.method);
    const row = clientMethod(request.method);
    const refusal = this.#refusal(request);
    if (refusal !== null) this.#refuse(request.id, refusal);
    else if (row.owner === 'broker' && this.#context.brokerMethods.answer(this.#connection, request)) return;
    else
      this.#context.forwarder.forward({ connection: this.#connection, row, request, frame, id: envelope.id });
  }

  #refusal(request: DecodedRequest): ErrorBody | null {
    const { client } = this.#connection;
    if (client === null) return errorBody(errors.notInitialized, 'Not initialized');
    // The runtime takes them, too; who may say what is decided by their names.
    if (Array.isArray(request.params) && request.params.length > 0 && clientMethods.has(request.method))
      return errorBody(errors.invalidParams, 'Invalid request: params are members of an object, not a list');
    const { role, credential } = this.#connection;
    const asker = { role, remote: credential.remote };
    const forbidden = this.#context.rights.refusal(asker, request.method, request.params);
    if (forbidden !== null) return forbidden;
    const part = client.experimentalApi
      ? null
      : experimentalPart(request.method, clientMethod(request.method), request.params);
    return part === null
      ? null
      : errorBody(errors.experimentalApiRequired, `${part} requires experimentalApi capability`);
  }

  #initialize(request: DecodedRequest): void {
    const identity = identify(request.params);
    if ('code' in identity) this.#refuse(request.id, identity);
    else if (this.#connection.client !== null) {
      this.#refuse(request.id, errorBody(errors.alreadyInitialized, 'Already initialized'));
    } else {
      const observer = identity.observer || this.#connection.credential.role === 'observer';
      this.#connection.client = { ...identity, observer };
      this.#context.reception.receive(this.#connection, request);
    }
  }

  /** Which method, where it is one that we know: anything may stand there. */
  #trace(method: string): void {
    const { log } = this.#context;
    if (log.isLevelEnabled('trace'))
      log.trace(
        { connection: this.#connection.id, method: clientMethods.has(method) ? method : null },
        'request',
      );
  }

  #answer(frame: Buffer): void {
    const envelope = readEnvelope(frame);
    if (envelope === null) this.#context.counters.strayAnswers += 1;
    else this.#context.requests.answer(this.#connection, frame, envelope);
  }

  #refuse(id: RequestId, error: ErrorBody): void {
    this.#connection.refuse(id, error);
  }
}
