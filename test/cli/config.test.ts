import { homedir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { configSchema, describeConfigError, endpoints } from '../../broker/config.js';
import { UNIX_PATH_BYTES_MAX } from '../../protocol/limits.js';
import { tempDir } from './broker.js';

/** What is said about options that are wrong; null where they are right. */
function complaint(options: object): string | null {
  const parsed = configSchema.safeParse(options);
  return parsed.success ? null : describeConfigError(parsed.error);
}

void t.test('without options', async (t) => {
  const config = configSchema.parse({});
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  t.equal(config.stateDir, join(state, 'threadcast'));
  t.same(endpoints(config, '/state/threadcast.sock'), [
    { kind: 'tcp', host: '127.0.0.1', port: 4500, tls: false },
    { kind: 'unix', path: '/state/threadcast.sock' },
  ]);
});

void t.test('beyond loopback it is listened on with TLS, or where that is spelled out', async (t) => {
  const pair = { tlsCert: 'cert.pem', tlsKey: 'key.pem' };
  for (const url of ['ws://localhost:0', 'ws://127.255.0.9:1', 'ws://[::1]:65535', 'unix://a/b', 'unix:///a'])
    t.equal(complaint({ listen: [url] }), null, url);
  for (const url of [
    'ws://0.0.0.0:1',
    'ws://[::]:1',
    'ws://example.com:1',
    'ws://192.168.0.1:1',
    'ws://127.0.0.1.io:1',
  ]) {
    t.match(complaint({ listen: [url] }), `${url} is beyond loopback`, url);
    t.equal(complaint({ listen: [url], insecureListen: true }), null);
    t.equal(complaint({ listen: [url.replace('ws:', 'wss:')], ...pair }), null, 'with TLS');
    t.match(complaint({ listen: [url], insecureListen: true, noAuth: true }), /^--no-auth is for loopback/);
    t.match(complaint({ listen: [url.replace('ws:', 'wss:')], ...pair, noAuth: true }), /^--no-auth/);
  }
  t.match(complaint({ listen: ['ws://127.0.0.1:0', 'ws://10.0.0.1:1'] }), 'ws://10.0.0.1:1', 'one of two');
  for (const url of ['http://127.0.0.1:1', 'ws://127.0.0.1', 'ws://127.0.0.1:65536', 'unix://', ''])
    t.match(
      complaint({ listen: [url] }),
      /^--listen: .*it is no ws:\/\/HOST:PORT, wss:\/\/HOST:PORT or unix:\/\/PATH$/,
      url,
    );
  t.match(complaint({ listen: ['ws://127.0.0.1:0', 'nothing'] }), /"nothing"/, 'one of two');
});

void t.test('a certificate goes with its key and with wss://', async (t) => {
  const pair = { tlsCert: 'cert.pem', tlsKey: 'key.pem' };
  t.equal(complaint({ tlsCert: 'cert.pem' }), '--tls-cert and --tls-key go together');
  t.equal(complaint({ tlsKey: 'key.pem' }), '--tls-cert and --tls-key go together');
  t.equal(complaint({ listen: ['wss://127.0.0.1:1'] }), 'wss:// needs --tls-cert and --tls-key');
  t.equal(
    complaint({ listen: ['ws://127.0.0.1:1'], ...pair }),
    '--tls-cert is for wss://, which --listen does not name',
  );
  t.match(endpoints(configSchema.parse(pair), '/x')[0], { tls: true }, 'by default, too');
});

void t.test('the commands find the broker by the socket of its state dir', async (t) => {
  const kinds = (listen: string[], socket: string): string[] =>
    endpoints(configSchema.parse({ listen }), socket).map((one) =>
      one.kind === 'unix' ? one.path : one.kind,
    );
  t.same(kinds(['ws://127.0.0.1:1'], '/state/s.sock'), ['tcp', '/state/s.sock']);
  t.same(kinds(['unix:///other.sock', 'ws://127.0.0.1:1'], '/state/s.sock'), ['/other.sock', 'tcp']);
  const longest = `/${'x'.repeat(UNIX_PATH_BYTES_MAX - 1)}`;
  t.same(kinds(['ws://127.0.0.1:1'], longest), ['tcp', longest]);
  t.same(kinds(['ws://127.0.0.1:1'], `${longest}x`), ['tcp'], 'one byte more than there may be');
});

void t.test('names of hosts and pages are exact', async (t) => {
  for (const [text, origin] of [
    ['https://a.example', 'https://a.example'],
    ['https://A.example/', 'https://a.example'],
    ['https://a.example:443', 'https://a.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://[::1]:8443', 'https://[::1]:8443'],
  ] as const) {
    const { allowOrigin, publicUrl } = configSchema.parse({ allowOrigin: [text], publicUrl: text });
    t.same([...allowOrigin, publicUrl], [origin, origin], text);
  }
  for (const origin of [
    'a.example',
    'https://a.example/x',
    'https://a.example?x',
    'https://a@b',
    '*',
    'null',
    '',
  ]) {
    t.match(complaint({ allowOrigin: [origin] }), /^--allow-origin: /, origin);
    t.match(complaint({ publicUrl: origin }), /^--public-url: /, origin);
  }
  t.equal(complaint({ allowOrigin: ['vscode-webview://abc'] }), null, 'that of an app');
  for (const url of ['vscode-webview://abc', 'ws://a.example', 'ftp://a.example'])
    t.match(complaint({ publicUrl: url }), /^--public-url: /, url);
  for (const host of ['a.example', 'a.example:1', '10.0.0.1:4500', '[::1]:1', 'a_b'])
    t.equal(complaint({ allowHost: [host] }), null, host);
  for (const host of ['https://a.example', 'a.example/', '*.example', 'a b', ''])
    t.match(complaint({ allowHost: [host] }), /^--allow-host: /, host);
  t.match(complaint({ noAuth: true, publicUrl: 'https://a.example' }), /^--no-auth is for loopback/);
  t.match(complaint({ noAuth: true, allowHost: ['a.example:1'] }), /^--no-auth is for loopback/);
  t.match(complaint({ noAuth: true, allowOrigin: ['https://a.example'] }), /^--no-auth is for loopback/);
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:1'])
    t.equal(complaint({ noAuth: true, publicUrl: `http://${host}`, allowHost: [host] }), null, host);
});

void t.test('each wrong value is named with its option', async (t) => {
  t.match(complaint({ logLevel: 'x' }), /^--log-level: .*"trace"\|.*"silent"$/);
  t.match(complaint({ clientName: '' }), /^--client-name: /);
  t.match(complaint({ logFormat: 'x' }), /^--log-format: /);
  t.match(complaint({ remoteAllow: ['everything'] }), /^--remote-allow: .*"fs"/);
  t.match(complaint({ notifyCommand: '' }), /^--notify-command: /);
  t.match(complaint({ tokenFile: '' }), /^--token-file: /);
  t.match(complaint({ stateDir: '' }), /^--state-dir: /);
  t.equal(complaint({ demo: 'perhaps' }), '--demo: expected true or false');
  for (const runtime of ['codex', 'http://localhost:1', 'ws://', 'unix://'])
    t.equal(complaint({ runtime }), '--runtime: expected ws://HOST:PORT or unix://PATH', runtime);
});

void t.test('options that contradict each other', async (t) => {
  const [runtime, command] = ['ws://localhost:1', ['codex']];
  for (const options of [
    { demo: true, command },
    { runtime, command },
    { demo: true, runtime },
  ])
    t.equal(complaint(options), 'only one of --demo, --runtime and -- RUNTIME can be given');
  t.match(complaint({ stdio: true, runtime }), /^--stdio and --runtime do not go together: /);
  t.equal(complaint({ keep: true }), '--keep goes with --stdio');
  t.equal(complaint({ keep: true, stdio: true, demo: true }), null);
});

void t.test('flags and lists as the environment spells them', async (t) => {
  for (const [text, value] of [
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ] as const)
    t.equal(configSchema.parse({ demo: text }).demo, value, text);
  t.same(configSchema.parse({ declare: 'one, two' }).declare, ['one', 'two']);
  t.same(configSchema.parse({ declare: ['one', 'two'] }).declare, ['one', 'two']);
});

void t.test('a state dir is found from any working directory', async (t) => {
  const folder = tempDir(t);
  t.equal(configSchema.parse({ stateDir: `${folder}/x/../y` }).stateDir, join(folder, 'y'));
  t.equal(configSchema.parse({ stateDir: 'here' }).stateDir, join(process.cwd(), 'here'));
});
