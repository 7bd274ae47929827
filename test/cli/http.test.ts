import t from 'tap';
import { ask, UPGRADE } from './ask.js';
import { Gate } from './gate.js';
import { FAKE_RUNTIME, readyBroker, says, socketPath, startBroker, tempDir } from './broker.js';

void t.test('healthy at once, ready only when the runtime has answered', async (t) => {
  const gate = await Gate.open(t);
  const stateDir = tempDir(t);
  const broker = startBroker(t, { stateDir, runtime: [...FAKE_RUNTIME, gate.option] });
  const url = `unix://${socketPath(stateDir)}`;
  await gate.reached;
  t.same(await ask(url, '/healthz'), { status: 200, body: 'ok\n' });
  t.same(await ask(url, '/readyz'), { status: 503, body: 'the runtime does not answer\n' });
  t.match(await ask(url, '/', { headers: UPGRADE }), { status: 503 }, 'a client is too early');
  gate.pass();
  await says(broker, /attach/);
  t.same(await ask(url, '/readyz'), { status: 200, body: 'ok\n' });
  t.match(await ask(url, '/', { headers: UPGRADE }), { status: 101 });
});

void t.test('who may ask, and for what', async (t) => {
  const { tcp, unix } = await readyBroker(t);

  for (const url of [tcp, unix]) {
    void t.test(`paths and methods on ${new URL(url).protocol}`, async (t) => {
      t.same(await ask(url, '/healthz?x=1'), { status: 200, body: 'ok\n' });
      t.same(await ask(url, '/healthz', { method: 'HEAD' }), { status: 200, body: '' });
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
        t.match(await ask(url, '/readyz', { method }), { status: 405 }, method);
      for (const path of ['/rpc', '/status', '/healthz/', '/assets/none.js'])
        t.match(await ask(url, path), { status: 404 }, path);
      for (const path of ['/../healthz', '//healthz'])
        t.match(await ask(url, path), { status: 400 }, `${path}: no plain path`);
    });

    void t.test(`WebSockets on ${new URL(url).protocol}`, async (t) => {
      for (const path of ['/', '/rpc', '/rpc?x=1'])
        t.match(await ask(url, path, { headers: UPGRADE }), { status: 101 }, path);
      for (const path of ['/healthz', '/other', '/rpc/'])
        t.match(await ask(url, path, { headers: UPGRADE }), { status: 404 }, path);
    });

    void t.test(`no web page reaches it on ${new URL(url).protocol}`, async (t) => {
      for (const origin of ['https://example.com', 'http://localhost', new URL(url).origin, 'null']) {
        t.match(await ask(url, '/healthz', { headers: { origin } }), { status: 403 }, origin);
        t.match(
          await ask(url, '/', { headers: { ...UPGRADE, origin } }),
          { status: 403 },
          `upgrade: ${origin}`,
        );
      }
    });
  }

  void t.test('no name that was made to point here reaches it', async (t) => {
    for (const host of [
      'example.com',
      'localhost.example.com',
      '127.0.0.1.example.com',
      '127.0.0.1@example.com',
    ]) {
      t.match(await ask(tcp, '/healthz', { headers: { host } }), { status: 403 }, host);
      t.match(await ask(tcp, '/', { headers: { ...UPGRADE, host } }), { status: 403 }, `upgrade: ${host}`);
    }
    for (const host of ['localhost', 'LOCALHOST:4500', '127.0.0.1', '127.1.2.3:1', '[::1]:4500'])
      t.match(await ask(tcp, '/healthz', { headers: { host } }), { status: 200 }, host);
  });
});
