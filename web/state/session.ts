import type { Client } from '../../client/api.js';
import type { Observable, Unsubscribe } from '../../client/types.js';
import { admissionOf, redeem } from '../app/admission.js';
import type { Credential, Credentials, Fragment } from '../app/credential.js';

/**
 * Why there is no way in: the `code` or the `token` is not good; it was `revoked` while the page was open; this page or
 * its address is `forbidden`; `tooMany` wrong ones have come; or the broker is `absent`.
 */
export type Refusal = 'code' | 'token' | 'revoked' | 'forbidden' | 'tooMany' | 'absent';

export type SessionState =
  | { readonly kind: 'opening' }
  /** No token was ever given. */
  | { readonly kind: 'welcome' }
  | { readonly kind: 'refused'; readonly why: Refusal }
  /** `isKept`: whether the browser keeps the token for the next load of the page. */
  | { readonly kind: 'open'; readonly client: Client; readonly isKept: boolean };

export interface SessionOptions {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly credentials: Credentials;
  readonly connect: (token: string | null) => Client;
}

/** The way in: from what the address says to a client, or to the reason why there is none. */
export class Session implements Observable<SessionState> {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { kind: 'opening' };
  /** What it goes in with; another one, and what was asked for this one does not count. */
  #fragment: Fragment = { token: null, pair: null, thread: null };
  #unwatch: Unsubscribe = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes in with what the address says; a client that was open is closed. */
  async begin(fragment: Fragment): Promise<void> {
    this.#fragment = fragment;
    this.#leave({ kind: 'opening' });
    if (fragment.pair !== null) return await this.#pair(fragment, fragment.pair);
    if (fragment.token !== null) return this.#open({ token: fragment.token, of: 'session' });
    const { credentials, fetch } = this.#options;
    const current = credentials.current();
    if (current !== null) return this.#open(current);
    // One that was started with `--no-auth` asks for none.
    const admission = await admissionOf(fetch, null);
    if (this.#fragment !== fragment) return;
    if (admission === 'good') this.#open(null);
    else if (admission === 'unauthorized') this.#set({ kind: 'welcome' });
    else this.#set({ kind: 'refused', why: admission });
  }

  /** Tries the same again. */
  async again(): Promise<void> {
    await this.begin(this.#fragment);
  }

  async #pair(fragment: Fragment, code: string): Promise<void> {
    const { credentials, fetch } = this.#options;
    const pairing = await redeem(fetch, code);
    if (this.#fragment !== fragment) return;
    if ('token' in pairing) return this.#open({ token: pairing.token, of: 'device' });
    if (pairing.refused !== 'code') return this.#set({ kind: 'refused', why: pairing.refused });
    // The link of a device that is paired already, opened once more.
    const current = credentials.current();
    if (current !== null) this.#open(current);
    else this.#set({ kind: 'refused', why: 'code' });
  }

  #open(credential: Credential | null): void {
    const { credentials, connect } = this.#options;
    // What was good once is not shown again: a code is used up.
    this.#fragment = { token: null, pair: null, thread: null };
    const before = credentials.current();
    const isKept = credential === null || credentials.keep(credential);
    const client = connect(credential?.token ?? null);
    this.#unwatch = this.#watch(client, credential, before);
    this.#set({ kind: 'open', client, isKept });
  }

  #watch(client: Client, credential: Credential | null, before: Credential | null): Unsubscribe {
    let hasBeenIn = false;
    return client.connection.subscribe(() => {
      const { status, lastCut } = client.connection.state;
      hasBeenIn ||= status === 'catchingUp' || status === 'live';
      if (status !== 'closed') return;
      if (lastCut?.reason === 'unauthorized') {
        this.#refuse(client, credential, hasBeenIn ? 'revoked' : 'token');
        // A link with a token that never was good takes nobody's way in.
        const isOther = before !== null && before.token !== credential?.token;
        if (isOther && !hasBeenIn) this.#options.credentials.keep(before);
      }
      // The token may be good, under another address.
      if (lastCut?.reason === 'forbidden') this.#refuse(client, null, 'forbidden');
    });
  }

  #refuse(client: Client, credential: Credential | null, why: Refusal): void {
    if (this.#state.kind !== 'open' || this.#state.client !== client) return;
    if (credential !== null) this.#options.credentials.forget(credential);
    this.#leave({ kind: 'refused', why });
  }

  #leave(state: SessionState): void {
    this.#unwatch();
    this.#unwatch = () => {};
    const before = this.#state;
    this.#set(state);
    if (before.kind === 'open') before.client.close();
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
