import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import type { Test } from 'tap';
import { loggerOptions } from '../../broker/ops/logger.js';
import { command, FAKE_RUNTIME, says, tempDir } from '../cli/broker.js';
import { ask } from '../cli/ask.js';
import { Caller } from './caller.js';
import { answerTo, head, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';
import type { StageOptions } from './stage.js';

/** A log at its most talkative, and its lines. */
function loud(): { readonly options: StageOptions; readonly lines: string[] } {
  const lines: string[] = [];
  const log = pino({ ...loggerOptions, level: 'trace' }, { write: (line: string) => void lines.push(line) });
  return { options: { log }, lines };
}

/** Fails for each secret that somebody can read; the secret itself is not shown by the failure either. */
function holdsNone(t: Test, secrets: Readonly<Record<string, string>>, text: string, where: string): void {
  for (const [name, secret] of Object.entries(secrets)) t.notOk(text.includes(secret), `${name} in ${where}`);
}

const { options, lines } = loud();
withEachServer(
  t,
  'no token and no pairing code is in a log, in the status or in the figures',
  async (t, stage) => {
    const { url, port, token } = stage;
    const host = `host: localhost:${port}`;
    lines.length = 0;
    const device = await stage.device('controller');
    const owner = await Caller.connect(t, url, token.token);
    const started = await owner.call('broker/pairing/start', { name: 'phone', role: 'observer' });
    const { code } = started.result as { code: string };
    owner.ask('broker/pairing/wait', { code });
    const wrong = { token: 'wrong-token-that-nobody-has-0123456789', code: 'ZZZZ-ZZZZ' };
    const bearer = `authorization: Bearer ${token.token}`;
    const answers = [
      await answerTo(url, head('GET /metrics', host, bearer)),
      await answerTo(url, head(`GET /?token=${token.token}`, host, ...UPGRADE)),
      await answerTo(url, head('GET /', host, `authorization: Bearer ${wrong.token}`, ...UPGRADE)),
      await answerTo(
        url,
        head('GET /', host, `sec-websocket-protocol: threadcast.v1.json, bearer.${token.token}`, ...UPGRADE),
      ),
      await answerTo(url, head('POST /pair', host, `authorization: Pairing ${wrong.code}`)),
    ];
    const paired = await ask(url, '/pair', { method: 'POST', headers: { authorization: `Pairing ${code}` } });
    t.equal(paired.status, 200);
    const phone = JSON.parse(paired.body) as { token: string };
    const secrets = {
      "the owner's token": token.token,
      "a device's token": device.token,
      'a paired token': phone.token,
      'a wrong token': wrong.token,
      'a pairing code': code,
      'a pairing code without its hyphen': code.replace('-', ''),
      'a wrong code': wrong.code,
    };
    const { token: connected } = device;
    await Caller.connect(t, url, connected);
    const status = await owner.call('broker/status');
    const devices = await owner.call('broker/devices/list');
    const metrics = await ask(url, '/metrics', { headers: { authorization: `Bearer ${token.token}` } });
    t.equal(metrics.status, 200);
    holdsNone(t, secrets, JSON.stringify(status.result), 'broker/status');
    holdsNone(t, secrets, JSON.stringify(devices.result), 'broker/devices/list');
    holdsNone(t, secrets, metrics.body, '/metrics');
    holdsNone(t, secrets, answers.map((each) => each.head).join('\n'), 'the heads of answers');
    t.ok(
      lines.some((line) => line.includes('attached')),
      'there is a log',
    );
    holdsNone(t, secrets, lines.join(''), 'the log');
    t.notOk(
      lines.some((line) => line.includes(token.token.slice(0, 20))),
      'not in part either',
    );
  },
  options,
);

t.test(
  'a process tells its token to nobody, and keeps it in one file that is its user’s alone',
  async (t) => {
    const stateDir = tempDir(t);
    const args = ['--state-dir', stateDir, '--log-level', 'trace', '--listen', 'ws://127.0.0.1:0'];
    const broker = command(t, [...args, '--', ...FAKE_RUNTIME]);
    const url = await broker.listening('ws');
    await says(broker, /attach/);
    const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
    t.equal(statSync(join(stateDir, 'token')).mode & 0o777, 0o600);
    t.equal(Buffer.from(token, 'base64url').length, 32, '256 bits');
    t.match(await ask(url, '/', { headers: UPGRADE_HEADERS }), { status: 401 });
    t.match(await ask(url, `/?token=${token}`, { headers: UPGRADE_HEADERS }), { status: 401 });
    const good = { authorization: `Bearer ${token}` };
    t.match(await ask(url, '/', { headers: { ...UPGRADE_HEADERS, ...good } }), { status: 101 });
    t.match(await ask(url, '/metrics', { headers: good }), { status: 200 });
    const exit = await broker.end();
    t.equal(exit.code, 0);
    t.ok(
      broker.stderr.all.some((line) => line.includes('attached')),
      'there is a log',
    );
    const secrets = { 'the token': token };
    holdsNone(t, secrets, [...broker.stderr.all, ...broker.stdout.all].join('\n'), 'what it has said');
    for (const name of readdirSync(stateDir, { recursive: true }) as string[]) {
      const file = join(stateDir, name);
      if (name !== 'token' && statSync(file).isFile())
        holdsNone(t, secrets, readFileSync(file, 'latin1'), name);
    }
  },
);

const UPGRADE_HEADERS = Object.fromEntries(UPGRADE.map((line) => line.split(': '))) as Record<string, string>;
