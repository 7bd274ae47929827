import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { run } from '../support/cli.js';
import { ask } from './ask.js';
import { ANY_PORT, command, FAKE_RUNTIME, readyBroker, socketPath, startBroker, tempDir } from './broker.js';
import { INITIALIZE } from './client.js';
import { Gate } from './gate.js';

const behind = ['--', ...FAKE_RUNTIME];

interface Announcement {
  readonly pid: number;
  readonly startedAt: string;
  readonly listen: readonly string[];
  readonly tokenFile: string | null;
}

function announced(stateDir: string): Announcement {
  return JSON.parse(readFileSync(join(stateDir, 'broker.json'), 'utf8')) as Announcement;
}

void t.test('a second broker says where the first one is, and leaves it alone', async (t) => {
  const { cli, stateDir, tcp, unix } = await readyBroker(t);
  const { code, stdout, stderr } = await run(['--state-dir', stateDir, ...ANY_PORT, ...behind]);
  t.equal(code, 3);
  t.same(stdout, []);
  t.same(stderr, [`threadcast: a broker already runs on ${stateDir} (pid ${cli.pid}) on ${tcp} and ${unix}`]);
  t.match(await ask(tcp, '/readyz'), { status: 200 });
  t.equal(announced(stateDir).pid, cli.pid);
});

void t.test('started twice, killed, and started again, it is right each time', async (t) => {
  const first = await readyBroker(t);
  const { stateDir } = first;
  const again = ['--state-dir', stateDir, ...ANY_PORT, ...behind];
  t.match(await run(again), { code: 3 });
  process.kill(first.cli.pid ?? 0, 'SIGKILL');
  t.match(await first.cli.exits(), { signal: 'SIGKILL' });
  t.equal(announced(stateDir).pid, first.cli.pid, 'it is still announced');
  t.ok(existsSync(socketPath(stateDir)), 'and its socket is there');

  const second = await readyBroker(t, { stateDir });
  t.match(await ask(second.unix, '/readyz'), { status: 200 });
  t.equal(announced(stateDir).pid, second.cli.pid);
  const { code, stderr } = await run(again);
  t.equal(code, 3);
  t.match(stderr, [
    new RegExp(`a broker already runs on .* \\(pid ${second.cli.pid}\\) on ${second.tcp} and `),
  ]);
  const thief = ['--state-dir', tempDir(t), '--listen', second.unix, ...behind];
  t.match(await run(thief), { code: 2, stderr: [/threadcast\.sock: it is in use$/] });
  t.match(await ask(second.unix, '/readyz'), { status: 200 }, 'a socket that is listened on stays');
  t.same(
    readdirSync(stateDir).filter((name) => name.startsWith('broker.json')),
    ['broker.json'],
  );
});

void t.test(
  'nor is an announcement believed whose process is another one now, or that is broken',
  async (t) => {
    const self = {
      pid: process.pid,
      startedAt: 'another time',
      listen: ['ws://127.0.0.1:1'],
      tokenFile: null,
    };
    for (const left of [JSON.stringify(self), '{"pid":1,"star', '']) {
      const stateDir = tempDir(t);
      writeFileSync(join(stateDir, 'broker.json'), left);
      const { cli } = await readyBroker(t, { stateDir });
      t.equal(announced(stateDir).pid, cli.pid, left);
      await cli.end();
    }
  },
);

void t.test('of several started at once one runs', async (t) => {
  const stateDir = tempDir(t);
  const left = { pid: 0x7f_ff_ff_ff, startedAt: '1', listen: [], tokenFile: null };
  writeFileSync(join(stateDir, 'broker.json'), JSON.stringify(left));
  const brokers = [1, 2, 3].map(() => startBroker(t, { stateDir }));
  const outcomes = await Promise.all(
    brokers.map((cli) =>
      Promise.race([
        cli.exits(),
        cli.listening('unix').then(
          () => cli,
          () => cli.exits(),
        ),
      ]),
    ),
  );
  const running = outcomes.filter((outcome) => !('code' in outcome));
  t.equal(running.length, 1);
  t.equal(outcomes.filter((outcome) => 'code' in outcome && outcome.code === 3).length, 2);
  t.match(await ask(`unix://${join(stateDir, 'threadcast.sock')}`, '/readyz'), { status: 200 });
});

void t.test('two state dirs are two brokers', async (t) => {
  const [one, other] = [await readyBroker(t), await readyBroker(t)];
  t.not(one.tcp, other.tcp);
  for (const url of [one.unix, other.unix]) t.match(await ask(url, '/readyz'), { status: 200 });
});

void t.test('one that was killed and that nobody has waited for is not there', async (t) => {
  const stateDir = tempDir(t);
  // Becomes another program, which knows nothing of its child; that ends when it has.
  const script = 'while [ "$(cat /proc/$$/comm)" != sleep ]; do :; done & echo $!; exec sleep 60';
  const parent = spawn('/bin/sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => parent.kill());
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  const fields = (): string[] => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  };
  while (fields()[0] !== 'Z') await nextTurn();
  const left: Announcement = { pid, startedAt: fields()[19] ?? '', listen: [], tokenFile: null };
  writeFileSync(join(stateDir, 'broker.json'), JSON.stringify(left), { mode: 0o600 });
  await readyBroker(t, { stateDir });
  t.pass('a new broker takes the state dir');
});

void t.test('on stdio a broker that is starting is waited for', async (t) => {
  const gate = await Gate.open(t);
  const stateDir = tempDir(t);
  startBroker(t, { stateDir, runtime: [...FAKE_RUNTIME, gate.option] });
  await gate.reached;
  const editor = command(t, ['--stdio', '--state-dir', stateDir, '--', ...FAKE_RUNTIME]);
  editor.writeLine(JSON.stringify(INITIALIZE));
  gate.pass();
  t.match(await editor.stdout.take('an answer', (line) => line.includes('"hello"')), '"result"');
});
