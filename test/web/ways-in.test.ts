import t from 'tap';
import type { Client } from '../../client/api.js';
import type { ConnectionState } from '../../client/types.js';
import { addressOf, Credentials, readFragment } from '../../web/app/credential.js';
import type { Fragment } from '../../web/app/credential.js';
import { CREDENTIAL_CHARS_MAX } from '../../web/limits.js';
import { Kept } from '../../web/state/kept.js';
import type { KeyedStrings } from '../../web/state/kept.js';
import { Session } from '../../web/state/session.js';

const NOTHING: Fragment = { token: null, pair: null, thread: null };

/** A storage, and what it holds. */
function storage(): { readonly held: Map<string, string>; readonly kept: Kept } {
  const held = new Map<string, string>();
  const strings: KeyedStrings = {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
  return { held, kept: new Kept(() => strings) };
}

t.test('the fragment says what it has, within bounds', async (t) => {
  t.same(readFragment(''), NOTHING);
  t.same(readFragment('#token=a-b_c&thread=t%201'), { token: 'a-b_c', pair: null, thread: 't 1' });
  t.same(readFragment('#pair=ABCD-EFGH'), { token: null, pair: 'ABCD-EFGH', thread: null });
  t.same(readFragment('#token=&pair=%20'), NOTHING);
  t.equal(readFragment(`#token=${'x'.repeat(CREDENTIAL_CHARS_MAX)}`).token?.length, CREDENTIAL_CHARS_MAX);
  t.equal(readFragment(`#token=${'x'.repeat(CREDENTIAL_CHARS_MAX + 1)}`).token, null);
});

t.test('what is left in the address has no credential', async (t) => {
  t.equal(addressOf(null), '/');
  t.equal(addressOf('a&token=b'), '/#thread=a%26token%3Db');
  t.same(readFragment(addressOf('a&token=b').slice(1)), { ...NOTHING, thread: 'a&token=b' });
});

t.test('a token is kept for the session, that of a device for good', async (t) => {
  const [session, device] = [storage(), storage()];
  const credentials = new Credentials(session.kept, device.kept);
  t.equal(credentials.current(), null);
  t.ok(credentials.keep({ token: 'mine', of: 'device' }));
  t.ok(credentials.keep({ token: 'lent', of: 'session' }));
  t.same([...session.held.values()], ['lent']);
  t.same([...device.held.values()], ['mine']);
  t.same(credentials.current(), { token: 'lent', of: 'session' });
  credentials.forget({ token: 'another', of: 'session' });
  t.same(credentials.current(), { token: 'lent', of: 'session' }, 'a better one of another tab stays');
  credentials.forget({ token: 'lent', of: 'session' });
  t.same(credentials.current(), { token: 'mine', of: 'device' });
});

t.test('a storage that is forbidden or full is no reason to fail', async (t) => {
  const forbidden = new Kept(() => {
    throw new Error('SecurityError');
  });
  const full = new Kept(() => ({
    getItem: () => 'old',
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
    removeItem: () => {
      throw new Error('SecurityError');
    },
  }));
  for (const kept of [forbidden, full]) {
    t.equal(kept.set('a', 'new'), false, 'it says so');
    t.equal(kept.get('a'), 'new', 'and keeps it while the page is open');
    kept.remove('a');
  }
  t.equal(forbidden.get('a'), null);
});

const IDLE: ConnectionState = {
  status: 'connecting',
  attempt: 1,
  retryAt: null,
  lastCut: null,
  missed: null,
  proving: false,
  connectionId: null,
  role: null,
  broker: null,
};

/** A client that is told how its connection is. */
class FakeClient {
  readonly listeners = new Set<() => void>();
  readonly connection = {
    state: IDLE,
    subscribe: (listener: () => void) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };
  isClosed = false;

  become(state: Partial<ConnectionState>): void {
    this.connection.state = { ...this.connection.state, ...state };
    for (const listener of this.listeners) listener();
  }

  cut(reason: string): void {
    this.become({ status: 'closed', lastCut: { code: 4401, reason, pendingBytes: null, at: 0 } });
  }

  close(): void {
    this.isClosed = true;
  }
}

interface Scene {
  readonly session: Session;
  readonly credentials: Credentials;
  readonly asked: { readonly path: string; readonly authorization: string | null }[];
  readonly clients: { readonly token: string | null; readonly client: FakeClient }[];
}

/** @param status What the broker answers to a plain request; null: it does not. */
function scene(status: number | null): Scene {
  const asked: { path: string; authorization: string | null }[] = [];
  const clients: { token: string | null; client: FakeClient }[] = [];
  const credentials = new Credentials(storage().kept, storage().kept);
  const session = new Session({
    credentials,
    fetch: async (path, { headers }) => {
      asked.push({ path, authorization: new Headers(headers).get('authorization') });
      if (status === null) throw new TypeError('Failed to fetch');
      return Response.json({ token: 'of the device', name: 'phone' }, { status });
    },
    connect: (token) => {
      const client = new FakeClient();
      clients.push({ token, client });
      return client as unknown as Client;
    },
  });
  return { session, credentials, asked, clients };
}

t.test('a token leads in without a question', async (t) => {
  const { session, asked, clients, credentials } = scene(null);
  await session.begin({ ...NOTHING, token: 'good' });
  t.match(session.state, { kind: 'open', isKept: true });
  t.same(asked, []);
  t.same(
    clients.map(({ token }) => token),
    ['good'],
  );
  t.same(credentials.current(), { token: 'good', of: 'session' });
});

t.test('without a token the broker is asked whether it wants one', async (t) => {
  for (const [status, state] of [
    [200, { kind: 'open' }],
    [401, { kind: 'welcome' }],
    [403, { kind: 'refused', why: 'forbidden' }],
    [429, { kind: 'refused', why: 'tooMany' }],
    [503, { kind: 'refused', why: 'absent' }],
    [null, { kind: 'refused', why: 'absent' }],
  ] as const) {
    const { session, asked } = scene(status);
    await session.begin(NOTHING);
    t.match(session.state, state, String(status));
    t.same(asked, [{ path: '/metrics', authorization: null }]);
  }
});

t.test('a pairing code makes a device of this browser, once', async (t) => {
  const { session, asked, clients, credentials } = scene(200);
  await session.begin({ ...NOTHING, pair: 'ABCD-EFGH' });
  t.same(asked, [{ path: '/pair', authorization: 'Pairing ABCD-EFGH' }]);
  t.same(
    clients.map(({ token }) => token),
    ['of the device'],
  );
  t.same(credentials.current(), { token: 'of the device', of: 'device' });
  await session.again();
  t.equal(asked.length, 1, 'the code is not shown again');
});

t.test('a code that is not good is said to be so, unless this browser is paired already', async (t) => {
  for (const [status, why] of [
    [401, 'code'],
    [429, 'tooMany'],
    [null, 'absent'],
  ] as const) {
    const { session } = scene(status);
    await session.begin({ ...NOTHING, pair: 'ABCD-EFGH' });
    t.same(session.state, { kind: 'refused', why }, String(status));
  }
  const { session, credentials, clients } = scene(401);
  credentials.keep({ token: 'mine', of: 'device' });
  await session.begin({ ...NOTHING, pair: 'ABCD-EFGH' });
  t.same(
    clients.map(({ token }) => token),
    ['mine'],
  );
});

t.test('a token that is refused is forgotten, and the page says which way it was', async (t) => {
  for (const [first, why] of [
    ['connecting', 'token'],
    ['live', 'revoked'],
  ] as const) {
    const { session, clients, credentials } = scene(401);
    await session.begin({ ...NOTHING, token: 'bad' });
    clients[0]?.client.become({ status: first });
    clients[0]?.client.cut('unauthorized');
    t.same(session.state, { kind: 'refused', why });
    t.equal(credentials.current(), null);
    t.ok(clients[0]?.client.isClosed);
    t.equal(clients[0]?.client.listeners.size, 0);
  }
});

t.test('one that is good under another name is kept', async (t) => {
  const { session, clients, credentials } = scene(403);
  await session.begin({ ...NOTHING, token: 'good' });
  clients[0]?.client.cut('forbidden');
  t.same(session.state, { kind: 'refused', why: 'forbidden' });
  t.same(credentials.current(), { token: 'good', of: 'session' });
});

t.test('another link closes what was open', async (t) => {
  const { session, clients } = scene(200);
  await session.begin({ ...NOTHING, token: 'one' });
  await session.begin({ ...NOTHING, token: 'two' });
  t.same(
    clients.map(({ token, client }) => [token, client.isClosed]),
    [
      ['one', true],
      ['two', false],
    ],
  );
  clients[0]?.client.cut('unauthorized');
  t.match(session.state, { kind: 'open' }, 'and what that says does not count any more');
});

t.test('a link with a token that never was good takes nobody’s way in', async (t) => {
  for (const [first, left] of [
    ['connecting', { token: 'mine', of: 'session' }],
    ['live', null],
  ] as const) {
    const { session, clients, credentials } = scene(401);
    await session.begin({ ...NOTHING, token: 'mine' });
    await session.begin({ ...NOTHING, token: 'rubbish' });
    clients[1]?.client.become({ status: first });
    clients[1]?.client.cut('unauthorized');
    t.match(session.state, { kind: 'refused' });
    t.same(credentials.current(), left, first);
  }
});

t.test('what was asked for one link does not count for the next', async (t) => {
  for (const slow of [NOTHING, { ...NOTHING, pair: 'ABCD-EFGH' }]) {
    const { session, clients, credentials } = scene(200);
    const before = session.begin(slow);
    await session.begin({ ...NOTHING, token: 'new' });
    await before;
    t.same(
      clients.map(({ token }) => token),
      ['new'],
    );
    t.same(credentials.current(), { token: 'new', of: 'session' });
  }
});
