import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { HttpRequest, HttpResponse } from '../transports/transport.js';
import { Attempts } from './attempts.js';
import { LOCAL_OWNER, REMOTE_OWNER } from './credential.js';
import type { Credential } from './credential.js';
import { Devices, digestOf } from './devices.js';
import type { AllowedNames } from './names.js';
import { Pairings } from './pairings.js';

/** Where the owner's token is kept. */
export interface TokenSource {
  /** @throws {Error} it cannot be read, or is none */
  read(): string;
  /** Another one in its place. @throws {Error} it could not be written: the old one stays */
  rotate(): string;
}

export interface AccessOptions {
  readonly names: AllowedNames;
  /** Null: whoever is on this machine is its user (`--no-auth`). */
  readonly token: TokenSource | null;
  readonly clock: Clock;
}

/** What a request has to show. */
export type Need =
  /** Nothing. */
  | 'nothing'
  /** A token. */
  | 'token'
  /** A pairing code, which is looked at later. */
  | 'code';

/** The request is let in: as whom; null where nothing had to be shown. */
export type Admission = { readonly as: Credential | null } | { readonly refuse: HttpResponse };

/** Who may speak to the broker at all: the one check, in front of every route and every upgrade. */
export class Access {
  readonly devices = new Devices();
  readonly pairings: Pairings;
  readonly #names: AllowedNames;
  readonly #token: TokenSource | null;
  /** Wrong tokens, and wrong pairing codes: who guesses the one does not stop the other. */
  readonly #wrongTokens: Attempts;
  readonly #wrongCodes: Attempts;
  #digest = Buffer.alloc(0);
  #taken: (isTaken: (credential: Credential) => boolean) => void = () => {};

  /** @throws {Error} the token cannot be read */
  constructor({ names, token, clock }: AccessOptions) {
    this.#names = names;
    this.#token = token;
    this.#wrongTokens = new Attempts(clock);
    this.#wrongCodes = new Attempts(clock);
    this.pairings = new Pairings(this.devices, clock);
    if (token !== null) this.#digest = Buffer.from(digestOf(token.read()));
  }

  /** Whether a token has to be shown. */
  get asksForToken(): boolean {
    return this.#token !== null;
  }

  /** Who is told which credentials are no longer good. */
  onTaken(taken: (isTaken: (credential: Credential) => boolean) => void): void {
    this.#taken = taken;
  }

  /** Where it listens, the broker's own pages come from, too. */
  listens(url: string): void {
    this.#names.listens(url);
  }

  /** Where others reach it, as far as it is known. */
  get publicUrl(): string | null {
    return this.#names.publicUrl;
  }

  /** Looks at one request. */
  admit(request: HttpRequest, need: Need): Admission {
    const objection = this.#names.objection(request);
    if (objection !== null) return { refuse: refusal(403, objection) };
    if (request.address === 'unix') return { as: LOCAL_OWNER };
    if (need === 'nothing') return { as: null };
    if (need === 'code') return throttled(this.#wrongCodes, request) ?? { as: null };
    if (this.#token === null) return { as: REMOTE_OWNER };
    const shown = tokenIn(request);
    if (shown === null) return { refuse: refusal(401, 'a token is needed', ASKS_FOR_TOKEN) };
    return this.#owner(shown) ?? this.#stranger(request);
  }

  /** A pairing code that was wrong. */
  wrongCode({ address }: HttpRequest): void {
    this.#wrongCodes.failed(address);
  }

  /** The file of the token may have changed. @throws {Error} it is no token: the old one stays */
  reload(): void {
    if (this.#token !== null) this.#use(this.#token.read())();
  }

  /**
   * Another token; the connections that were opened with the old one end with the call of what is returned.
   * @throws {Error} it could not be written: the old one stays
   */
  rotate(): () => void {
    return this.#token === null ? () => {} : this.#use(this.#token.rotate());
  }

  /** A device's token is none from here on, and its connections end. Null: there is no such device. @throws {Refusal} */
  async revoke(deviceId: string): ReturnType<Devices['revoke']> {
    const revoked = this.devices.revoke(deviceId);
    this.#taken(({ id }) => id === deviceId);
    return await revoked;
  }

  #use(token: string): () => void {
    const digest = Buffer.from(digestOf(token));
    if (digest.equals(this.#digest)) return () => {};
    this.#digest = digest;
    return () => this.#taken(({ id, remote }) => remote && id === REMOTE_OWNER.id);
  }

  /** A token that is good is good, also where others at its address guess: nobody can lock the owner out. */
  #owner(token: string): Admission | null {
    const digest = digestOf(token);
    const shown = Buffer.from(digest);
    if (timingSafeEqual(shown, this.#digest)) return { as: REMOTE_OWNER };
    const device = this.devices.byDigest(digest);
    return device === null ? null : { as: device };
  }

  #stranger(request: HttpRequest): Admission {
    if (!this.devices.isOpen) return { refuse: refusal(503, 'the broker is starting') };
    const hasToWait = throttled(this.#wrongTokens, request);
    if (hasToWait !== null) return hasToWait;
    this.#wrongTokens.failed(request.address);
    return { refuse: refusal(401, 'the token is not, or no longer, good', ASKS_FOR_TOKEN) };
  }
}

/** Refused for what came from that address before; null where it need not wait. */
function throttled(attempts: Attempts, { address }: HttpRequest): Admission | null {
  const seconds = attempts.waitSeconds(address);
  if (seconds === 0) return null;
  return { refuse: refusal(429, 'too many wrong attempts', { 'retry-after': String(seconds) }) };
}

const ASKS_FOR_TOKEN = { 'www-authenticate': 'Bearer realm="threadcast"' };
const BEARER = /^bearer +(\S+) *$/i;
/** In a browser's WebSocket, which can send no header of its own. */
const BEARER_SUBPROTOCOL = 'bearer.';

/** The token that a request shows; null where there is none, or more than one. Never from its URL. */
function tokenIn({ headers }: HttpRequest): string | null {
  const shown = [
    ...headers('authorization').map((each) => BEARER.exec(each)?.[1] ?? ''),
    ...headers('sec-websocket-protocol')
      .flatMap((each) => each.split(','))
      .map((each) => each.trim())
      .filter((each) => each.startsWith(BEARER_SUBPROTOCOL))
      .map((each) => each.slice(BEARER_SUBPROTOCOL.length)),
  ];
  return shown.length === 1 ? (shown[0] ?? null) : null;
}

/** An answer that names no more than what is wrong. */
function refusal(status: number, why: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store', ...headers },
    body: `threadcast: ${why}\n`,
  };
}
