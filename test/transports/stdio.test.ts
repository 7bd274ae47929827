import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import tap from 'tap';
import { LineReader } from '../../broker/framing/line-reader.js';
import { stdioTransport } from '../../broker/transports/stdio.js';
import { RUNTIME_LINE_BYTES_MAX } from '../../protocol/limits.js';
import { freezeDeadlines, transportContract } from './contract.js';
import { Mailbox } from './mailbox.js';
import { Owner } from './owner.js';
import type { Received } from './owner.js';
import { BROKEN } from './peer.js';
import type { Ending, Peer } from './peer.js';

interface StdioPeer extends Peer {
  /** Says no more, and still reads. */
  hangUp(): void;
  /** Reads no more, and still says something. */
  goDeaf(): void;
}

/** A process between each two ends: what one writes waits in the kernel until the other reads. */
function cat() {
  return spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
}

function stdioPeer(owner: Owner): StdioPeer {
  const [toPeer, toOwner] = [cat(), cat()];
  stdioTransport(toOwner.stdout, toPeer.stdin, owner.open);
  const messages = new Mailbox<Received>();
  const lines = new LineReader(RUNTIME_LINE_BYTES_MAX, {
    line: (line) => messages.put({ data: Buffer.from(line), binary: false }),
    tooLong: () => {},
  });
  toPeer.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
  toOwner.stdin.on('error', () => {});
  return {
    messages,
    ended: new Promise<Ending>((resolve) => toPeer.stdout.once('close', () => resolve(BROKEN))),
    send: (data) => void toOwner.stdin.write(Buffer.concat([data, Buffer.from('\n')])),
    stall: () => toPeer.stdout.pause(),
    resume: () => toPeer.stdout.resume(),
    vanish: () => [toPeer, toOwner].forEach((process) => process.kill('SIGKILL')),
    hangUp: () => toOwner.stdin.end(),
    goDeaf: () => toPeer.kill('SIGKILL'),
  };
}

void tap.test('contract', async (t) => {
  transportContract(t, {
    binary: [false],
    tellsReason: false,
    address: 'stdio',
    connect: (owner) => Promise.resolve(stdioPeer(owner)),
  });
});

void tap.test('the end of the input closes it, after what was written', async (t) => {
  const owner = new Owner();
  const peer = stdioPeer(owner);
  peer.send(Buffer.from('a line'), false);
  await owner.messages.next();
  freezeDeadlines(t);
  const frames = owner.fill();
  peer.hangUp();
  for (let i = 0; i < frames; i += 1) await peer.messages.next();
  await peer.ended;
  await owner.closed;
  t.equal(owner.messages.size, 0);
  peer.vanish();
});

void tap.test('a last line that was never finished is no message', async (t) => {
  const owner = new Owner();
  const [input, output] = [cat(), cat()];
  stdioTransport(input.stdout, output.stdin, owner.open);
  input.stdin.end('{"whole":1}\r\n\n{"half":');
  await owner.closed;
  t.equal((await owner.messages.next()).data.toString(), '{"whole":1}');
  t.equal(owner.messages.size, 0);
});

void tap.test('a reader that goes away closes it', async (t) => {
  const owner = new Owner();
  const peer = stdioPeer(owner);
  peer.stall();
  owner.fill();
  peer.goDeaf();
  await owner.closed;
  t.equal(owner.closedCalls, 1);
  peer.vanish();
});

void tap.test('a program that is full still reads, on real pipes', async (t) => {
  const file = fileURLToPath(new URL('stdio-child.ts', import.meta.url));
  const program = [process.execPath, ...process.execArgv, file];
  const shell = spawn('sh', ['-c', 'cat | "$@" | cat', 'sh', ...program]);
  t.teardown(() => shell.kill('SIGKILL'));
  const said = createInterface({ input: shell.stderr })[Symbol.asyncIterator]();
  const nextSaid = async (): Promise<unknown> => (await said.next()).value;

  shell.stdin.write('fill\n');
  const full = await nextSaid();
  t.match(full, /^full \d+$/);
  shell.stdin.write('hello\n');
  t.equal(await nextSaid(), 'got hello');

  let bytes = 0;
  shell.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  t.equal(await nextSaid(), 'drained');
  shell.stdin.end();
  t.equal(await nextSaid(), 'closed');
  await once(shell, 'close');
  t.equal(bytes, Number(String(full).slice('full '.length)) * (1024 * 1024 + 1), 'all of it came');
  t.equal(shell.exitCode, 0);
});
