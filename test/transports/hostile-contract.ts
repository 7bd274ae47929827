import type { Test } from 'tap';
import { UNREAD_PINGS_MAX, WEBSOCKET_PAYLOAD_BYTES_MAX } from '../../broker/transports/limits.js';
import { Owner } from './owner.js';
import { clientFrame, upgradeRequest } from './raw-client.js';
import type { RawClient } from './raw-client.js';
import { Bystander } from './server.js';
import type { TestServer } from './server.js';

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
/** How often a reset is to meet the moment in which an answer is written. */
const RESETS = 20;

const nothing = (): Promise<void> => Promise.resolve();

/** What clients without manners can do: nothing to others, and nothing to the process. */
export function hostileContract(suite: Test, server: TestServer): void {
  /** A subject: an owner's wire to a raw client, next to a client that must not notice. */
  const onWire = (name: string, run: (t: Test, owner: Owner, client: RawClient) => Promise<void>): void => {
    void suite.test(name, async (t) => {
      const bystander = await Bystander.join(t, server);
      const owner = new Owner();
      await run(t, owner, await server.connectRaw(t, owner));
      t.ok(await bystander.isServed());
      t.ok(owner.closedCalls <= 1);
    });
  };
  /** A subject: bytes on a fresh connection, and what must come of them. */
  const onConnection = (name: string, bytes: string, run: (client: RawClient) => Promise<unknown>): void => {
    void suite.test(name, async (t) => {
      const bystander = await Bystander.join(t, server);
      const client = await server.dial(t);
      client.write(bytes);
      await run(client);
      t.ok(await bystander.isServed());
    });
  };
  onConnection('garbage instead of HTTP', `${'\0\xff\r\n'.repeat(50)}\r\n\r\n`, nothing);
  void suite.test('one that is gone before it is refused, with an upgrade behind', async (t) => {
    const bystander = await Bystander.join(t, server);
    for (let round = 0; round < RESETS; round += 1) {
      const client = await server.dial(t);
      client.write(`GET // HTTP/1.1\r\nhost: x\r\n\r\n${upgradeRequest()}`);
      client.reset();
      await client.ended;
    }
    t.ok(await bystander.isServed());
  });
  onConnection('half an upgrade request, then silence', upgradeRequest().slice(0, 60), nothing);
  onConnection('a connection that never says anything', '', nothing);
  onConnection('huge headers', upgradeRequest(`cookie: ${'x'.repeat(100_000)}`), (client) =>
    client.readThrough('HTTP/1.1 431 '),
  );
  onConnection(
    'the cookies that a browser has for localhost',
    upgradeRequest(`cookie: ${'x'.repeat(12_000)}`),
    (client) => client.readThrough('HTTP/1.1 101 '),
  );
  onConnection(
    'an upgrade without a key',
    upgradeRequest().replace(/sec-websocket-key.*\r\n/, ''),
    (client) => client.readThrough('HTTP/1.1 '),
  );
  onConnection(
    'an upgrade to another protocol',
    upgradeRequest().replace('websocket\r\n', 'h2c\r\n'),
    (client) => client.readThrough('HTTP/1.1 200 OK'),
  );
  onConnection(
    'a body that never comes whole',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nthe first bytes',
    (client) => client.readThrough('HTTP/1.1 200 OK'),
  );
  onConnection('a request to a proxy', 'GET http://elsewhere/ HTTP/1.1\r\nhost: x\r\n\r\n', (client) =>
    client.readThrough('HTTP/1.1 '),
  );
  onConnection(
    'a request for a tunnel',
    'CONNECT elsewhere:1 HTTP/1.1\r\nhost: x\r\n\r\n',
    (client) => client.ended,
  );

  onWire('a client that dies in the middle of a frame', async (t, owner, client) => {
    client.write(clientFrame(TEXT, Buffer.from('the first ten bytes'), 1000));
    client.vanish();
    await owner.closed;
    t.equal(owner.messages.size, 0);
  });
  onWire('text that is not UTF-8', async (t, owner, client) => {
    client.write(clientFrame(TEXT, Buffer.from([0xc3, 0x28])));
    await client.ended;
    await owner.closed;
    t.equal(owner.messages.size, 0);
  });
  onWire('a message beyond what is received at all', async (_t, owner, client) => {
    client.write(clientFrame(TEXT, Buffer.alloc(0), WEBSOCKET_PAYLOAD_BYTES_MAX + 1));
    await client.ended;
    await owner.closed;
  });
  onWire('a frame of an unknown kind', async (_t, owner, client) => {
    client.write(clientFrame(0x7, Buffer.from('?')));
    await client.ended;
    await owner.closed;
  });
  onWire('a client that says goodbye is answered', async (_t, owner, client) => {
    client.write(clientFrame(CLOSE, Buffer.from([0x03, 0xe8])));
    await client.readThrough(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
    await client.ended;
    await owner.closed;
  });
  onWire('a ping is answered with its payload', async (t, _owner, client) => {
    client.write(clientFrame(PING, Buffer.from('hello')));
    t.ok(await client.readThrough(Buffer.from('\x8a\x05hello', 'latin1')));
  });
  onWire('pings of a client that reads nothing do not pile up', async (_t, owner, client) => {
    client.stall();
    owner.fill();
    for (let i = 0; i <= UNREAD_PINGS_MAX; i += 1) client.write(clientFrame(PING, Buffer.alloc(125)));
    await owner.closed;
  });
}
