import t from 'tap';
import { FAKE_RUNTIME, readyBroker } from '../cli/broker.js';
import { Client } from '../cli/client.js';
import type { Message } from '../cli/client.js';

/** Has the runtime print these bytes, and resolves with all that the client got up to the answer. */
async function print(client: Client, bytes: Buffer): Promise<Message[]> {
  const id = client.ask('fake/print', { base64: bytes.toString('base64') });
  const got: Message[] = [];
  for (;;) {
    const message = await client.next();
    got.push(message);
    if (message.id === id) return got;
  }
}

const event = (text: string): string => JSON.stringify({ method: 'fake/event', params: { text } });

const garbage: readonly (readonly [string, string | Buffer])[] = [
  ['no JSON', 'Warning: something\n'],
  ['half a message', '{"method":"fake/event","params":{"te\n'],
  ['JSON that is no message', '[1,2]\nnull\n"text"\n5\n{}\n'],
  ['empty lines', '\n\r\n\n'],
  ['answers to nothing', '{"id":999999,"result":{}}\n{"id":"x","result":{}}\n{"id":null,"error":{}}\n'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d, 0x0a])],
  ['binary', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).subarray(11)],
  ['a method that is no string', '{"method":5,"params":{}}\n{"method":null}\n'],
];

void t.test('garbage of a runtime touches nobody', async (t) => {
  const { cli, tcp, unix } = await readyBroker(t);
  const [asker, other] = [await Client.connect(t, tcp), await Client.connect(t, unix)];
  for (const [what, bytes] of garbage) {
    const around = [
      Buffer.from(`${event('before')}\n`),
      Buffer.from(bytes),
      Buffer.from(`\n${event('after')}\n`),
    ];
    const got = await print(asker, Buffer.concat(around));
    const events = ['before', 'after'].map((text) => JSON.parse(event(text)) as Message);
    t.same(got.slice(0, -1), events, what);
    t.same([await other.next(), await other.next()], events, `${what}: another client`);
  }
  t.same(await cli.end(), { code: 0, signal: null });
});

void t.test('a line over the cap is dropped, and logged by its length', async (t) => {
  const { cli, tcp } = await readyBroker(t);
  const client = await Client.connect(t, tcp);
  const bytes = 64 * 1024 * 1024 + 1;
  client.ask('fake/fill', { bytes });
  t.match(await client.next(), { id: 1, result: {} });
  await cli.stderr.take('a warning', (line) => line.includes(`"bytes":${bytes}`));
});

void t.test('a duplicate answer is dropped', async (t) => {
  const { tcp } = await readyBroker(t, { runtime: [...FAKE_RUNTIME, '--initialize=twice'] });
  const [one, other] = [await Client.connect(t, tcp), await Client.connect(t, tcp)];
  one.ask('fake/twice');
  t.match(await one.next(), { id: 1, result: { answer: 'first' } });
  one.ask('fake/print', { base64: '' });
  t.match(await one.next(), { id: 2, result: {} });
  other.ask('broker/status');
  t.match(await other.next(), { id: 1, result: { counters: { runtimeOddities: 2 } } });
});
