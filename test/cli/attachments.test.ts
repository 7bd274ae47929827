import t, { type Test } from 'tap';
import type { AuditEntry } from '../../protocol/attachments.js';
import { ATTACHMENTS_PAGE_MAX, MESSAGE_BYTES_MAX } from '../../protocol/limits.js';
import { cell, oneLine, plainText } from '../../broker/cli/one-line.js';
import { run, type Outcome } from '../support/cli.js';
import { demoBroker, newThreads } from './attached.js';
import { command, tempDir } from './broker.js';
import { Client } from './client.js';

/** How many requests are refused, so many at the same time. */
const [BURSTS, BURST] = [6, 200];
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

const on = (stateDir: string, ...args: readonly string[]): Promise<Outcome> =>
  run(['attachments', ...args, '--state-dir', stateDir]);

/** The one line that a command has printed. @throws {Error} it has failed */
async function line(stateDir: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await on(stateDir, ...args);
  const [only = ''] = stdout;
  if (code !== 0 || stdout.length !== 1)
    throw new Error(`${args.join(' ')}: ${[...stdout, ...stderr].join('\n')}`);
  return only;
}

function json(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((one) => JSON.parse(one) as Record<string, unknown>);
}

void t.test('a text fits a cell, whatever is in it', (t) => {
  t.equal(oneLine(' a\tb\r\n c\u0007\u001B[2J\u009B1A \u2028d'), 'a b c\uFFFD\uFFFD[2J\uFFFD1A d');
  t.equal(oneLine('\u202Eabc\u2066\uD800x'), '\uFFFDabc\uFFFD\uFFFDx');
  t.equal(cell('12345', 5), '12345');
  t.equal(cell('123456', 5), '1234…');
  t.equal(cell('👩‍👩‍👧'.repeat(3), 12), '👩‍👩‍👧…', 'no character is cut in two');
  t.equal(cell(`${' '.repeat(100)}a`, 5), '…', 'what is far behind is not looked at');
  t.equal(plainText('a\n\tb\u001B[1m\r\n'), 'a\n\tb\uFFFD[1m\uFFFD\n');
  t.end();
});

void t.test('without a broker each says how to start one', async (t) => {
  const stateDir = tempDir(t);
  const commands = [
    ['list'],
    ['create', 'a', 'b'],
    ['delete', 'a'],
    ['send', 'a', 'text'],
    ['log', '--thread', 'a'],
  ];
  for (const args of commands) {
    t.match(await on(stateDir, ...args), {
      code: 1,
      stdout: [],
      stderr: [`threadcast: no broker runs on ${stateDir}; start one with: threadcast`],
    });
  }
});

void t.test('what is no use of it is told in one line', async (t) => {
  const stateDir = tempDir(t);
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /expected list, create, delete, send or log$/],
    [['list', '--state', 'gone'], /Allowed choices are active, archived, detached/],
    [['list', '--all', '--state', 'active'], /cannot be used with/],
    [['create', 'a'], /missing required argument 'child'/],
    [['send', 'a', ' ', ' '], /there is no text to send$/],
    [['log'], /--thread or --attachment is needed$/],
    [['log', '--thread', 'a', '--attachment', 'b'], /cannot be used with/],
    [['log', '--thread', 'a', '--limit', '0'], /expected 1 to 100000$/],
  ];
  for (const [args, says] of wrong) {
    const { code, stdout, stderr } = await on(stateDir, ...args);
    t.match({ code, stdout, stderr }, { code: 2, stdout: [], stderr: [says] }, args.join(' '));
    t.equal(stderr.length, 1, 'one line');
  }
});

void t.test('an attachment from its creation to its end', async (t) => {
  const { stateDir, url } = await demoBroker(t);
  const [parent = '', child = '', other = ''] = await newThreads(t, url, 'operator', 'reviewer', 'writer');
  const labels = ['--role', '見る reviewer', '--name', 'Ann', '--deliver-replies'];
  const id = await line(stateDir, 'create', parent, child, ...labels);
  t.match(id, UUID);

  const table = await on(stateDir, 'list');
  t.match(table.stdout[0], /^ATTACHMENT +PARENT +CHILD +ROLE +NAME +REPLIES +STATE +UPDATED$/);
  const columns = [id, parent, child, '見る reviewer', 'Ann', 'delivered', 'active'];
  t.match(table.stdout[1], new RegExp(`^${columns.join(' +')} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`));
  t.equal(table.stdout.length, 2);
  const edge = { attachmentId: id, parentThreadId: parent, childThreadId: child, roleLabel: '見る reviewer' };
  t.match(json((await on(stateDir, 'list', '--json')).stdout), [{ ...edge, deliverReplies: true }]);

  const made = json([await line(stateDir, 'create', parent, other, '--json')]);
  t.match(made, [{ childThreadId: other, roleLabel: null, deliverReplies: false, state: 'active' }]);
  const second = String(made[0]?.['attachmentId']);
  const ids = async (...args: readonly string[]): Promise<unknown[]> =>
    json((await on(stateDir, 'list', '--json', ...args)).stdout).map((one) => one['attachmentId']);
  t.same(await ids('--parent', parent), [id, second], 'oldest first');
  t.same(await ids('--child', other), [second]);

  const again = await on(stateDir, 'create', parent, child);
  t.match({ ...again }, { code: 1, stdout: [], stderr: [/^threadcast: .*attached/] });
  t.equal(again.stderr.length, 1);
  const escape = await on(stateDir, 'create', child, other, '--role', '\u001B[2J');
  t.match({ ...escape }, { code: 1, stdout: [], stderr: [/one line of plain text/] });

  t.equal(await line(stateDir, 'delete', id), id);
  t.same(await ids(), [second]);
  t.same(await ids('--state', 'detached', '--state', 'archived'), [id]);
  t.same(await ids('--all'), [id, second]);
  const half = await on(stateDir, 'delete', second, id, '--json');
  t.match(
    json(half.stdout),
    [{ attachmentId: second, state: 'detached' }],
    'those before the one that is wrong',
  );
  t.match({ ...half }, { code: 1, stderr: [/^threadcast: .*no attachment/] });
});

/** Sends these lines to the parent, from stdin, and resolves with what is printed until the reply is there. */
async function sentBack(
  t: Test,
  stateDir: string,
  id: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  const options = ['--from', 'child', '--wait', '--json', '--state-dir', stateDir];
  const cli = command(t, ['attachments', 'send', id, ...options]);
  for (const one of lines) cli.writeLine(one);
  cli.endStdin();
  t.match(await cli.exits(), { code: 0 });
  return cli.stdout.all;
}

void t.test('what is sent, and the log of it', async (t) => {
  const { stateDir, url } = await demoBroker(t);
  const [parent = '', child = ''] = await newThreads(t, url, 'operator', 'reviewer');
  const id = await line(stateDir, 'create', parent, child, '--role', 'reviewer');

  const sent = await on(stateDir, 'send', id, 'a', 'long 2', '--wait');
  t.match({ ...sent }, { code: 0, stderr: [] });
  t.match(sent.stdout.slice(0, 2), [/^message [0-9a-f-]{36}$/, /^turn \S+$/]);
  t.match(sent.stdout.slice(2).join(' '), /\w/, 'what it was answered');

  const said = await sentBack(t, stateDir, id, ['first \u001B[2J\u0007line', 'second 見る line, long 2']);
  const [receipt, reply] = json(said);
  t.match(reply, {
    kind: 'reply',
    inReplyTo: receipt?.['messageId'],
    from: parent,
    to: child,
    status: 'completed',
  });

  const trail = json(
    (await on(stateDir, 'log', '--attachment', id, '--json')).stdout,
  ) as unknown as AuditEntry[];
  t.same(
    trail.map(({ kind }) => kind),
    ['created', 'message', 'reply', 'message', 'reply'],
    'the newest last',
  );
  t.match(trail[3], {
    text: 'first \u001B[2J\u0007line\nsecond 見る line, long 2',
    by: { clientName: 'threadcast-cli' },
  });
  t.same(
    json((await on(stateDir, 'log', '--thread', child, '--json')).stdout),
    trail,
    'the same from either side',
  );
  t.same(
    json((await on(stateDir, 'log', '--thread', parent, '--json', '--limit', '2')).stdout),
    trail.slice(-2),
  );

  const { stdout } = await on(stateDir, 'log', '--thread', parent);
  const short = (thread: string): string => `…${thread.slice(-12)}`;
  t.match(stdout[0], /^TIME +KIND +FROM → TO +BY +TEXT$/);
  t.equal(stdout.length, 1 + trail.length, 'a line each');
  const row = `message +${short(child)} → ${short(parent)} +threadcast-cli +first \uFFFD\\[2J\uFFFDline second 見る line, long 2`;
  t.match(stdout[4], new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +${row}$`));
});

void t.test('a message that nobody gets, or nobody answers', async (t) => {
  const { cli, stateDir, url } = await demoBroker(t);
  const [parent = '', child = ''] = await newThreads(t, url, 'operator', 'reviewer');
  const id = await line(stateDir, 'create', parent, child);
  const unknown = await on(stateDir, 'send', 'no-such-attachment', 'hello');
  t.match({ ...unknown }, { code: 1, stdout: [], stderr: [/^threadcast: .*no-such-attachment/] });
  t.match({ ...(await on(stateDir, 'log', '--thread', 'nobody', '--json')) }, { code: 0, stdout: [] });

  const held = command(t, ['attachments', 'send', id, 'run it', '--wait', '--state-dir', stateDir]);
  await held.stdout.take('the turn', (each) => each.startsWith('turn '));
  await cli.end();
  t.match(await held.exits(), { code: 1 });
  t.same(held.stderr.all, ['threadcast: the connection was closed before the reply came: 4000 shutdown']);
});

void t.test('a log that is longer than what is answered at once', async (t) => {
  const { stateDir, url } = await demoBroker(t);
  const [thread = ''] = await newThreads(t, url, 'operator');
  const client = await Client.connect(t, url);
  const self = { parentThreadId: thread, childThreadId: thread };
  for (let burst = 0; burst < BURSTS; burst += 1) {
    for (let asked = 0; asked < BURST; asked += 1) client.ask('thread/attachment/create', self);
    for (let refused = 0; refused < BURST;) {
      if ((await client.next()).error?.data?.reason === 'selfAttachment') refused += 1;
    }
  }
  const entries = async (...args: readonly string[]): Promise<number> =>
    (await on(stateDir, 'log', '--thread', thread, '--json', ...args)).stdout.length;
  t.ok(BURSTS * BURST > ATTACHMENTS_PAGE_MAX);
  t.equal(await entries('--limit', '5000'), BURSTS * BURST);
  t.equal(await entries('--limit', String(ATTACHMENTS_PAGE_MAX + 1)), ATTACHMENTS_PAGE_MAX + 1);
  t.equal(await entries(), 100);
});

void t.test('a message may be so long and no longer', async (t) => {
  const { stateDir, url } = await demoBroker(t);
  const [parent = '', child = ''] = await newThreads(t, url, 'operator', 'reviewer');
  const id = await line(stateDir, 'create', parent, child);
  const around = JSON.stringify([{ type: 'text', text: '', text_elements: [] }]).length;
  const sending = async (bytes: number): Promise<{ code: number | null; stderr: readonly string[] }> => {
    const cli = command(t, ['attachments', 'send', id, '--state-dir', stateDir]);
    cli.writeLine('x'.repeat(bytes));
    cli.endStdin();
    return { code: (await cli.exits()).code, stderr: cli.stderr.all };
  };
  t.same(await sending(MESSAGE_BYTES_MAX - around), { code: 0, stderr: [] });
  t.match(await sending(MESSAGE_BYTES_MAX - around + 1), { code: 1, stderr: [/^threadcast: /] });
  const stopped = await sending(MESSAGE_BYTES_MAX + 1);
  t.same(stopped, {
    code: 1,
    stderr: [`threadcast: send: a message may have at most ${MESSAGE_BYTES_MAX} bytes`],
  });
});
