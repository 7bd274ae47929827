import t from 'tap';
import { startChild } from '../../broker/runtime/child.js';
import {
  RUNTIME_LINE_BYTES_MAX,
  RUNTIME_STDERR_LINE_BYTES_MAX,
  RUNTIME_STDERR_LINES_MAX,
} from '../../protocol/limits.js';
import { shellRuntime, Watched, watchedLog } from './watched.js';

void t.test('what is sent comes as lines, what it says comes line by line', async (t) => {
  const { link, runtime } = shellRuntime(
    t,
    'echo one; printf "two\\r\\n\\n"; while read -r l; do echo "got $l"; done',
  );
  t.match(link.label, /^fake \(pid \d+\)$/);
  t.equal(await runtime.next(), 'one');
  t.equal(await runtime.next(), 'two');
  link.send(Buffer.from('{"a":1}'));
  link.send(Buffer.from('{"b":"é"}'));
  t.equal(await runtime.next(), 'got {"a":1}');
  t.equal(await runtime.next(), Buffer.from('got {"b":"é"}').toString('latin1'));
  t.equal(link.pendingBytes, 0);
});

void t.test('bytes are passed on as they are, valid UTF-8 or not', async (t) => {
  const { runtime } = shellRuntime(t, String.raw`printf '\377\376\000\n'`);
  t.equal(await runtime.next(), '\xff\xfe\0');
});

void t.test('a half line before the end is not taken for a line', async (t) => {
  const { runtime } = shellRuntime(t, `echo whole; printf '{"id":1,"resu'; exit 0`);
  t.same(await runtime.gone, { summary: 'fake exited with code 0', stderr: [] });
  t.same(runtime.lines.all, ['whole']);
});

void t.test('a line over the cap is told by its length, and the next one comes', async (t) => {
  const bytes = RUNTIME_LINE_BYTES_MAX + 1;
  const { runtime } = shellRuntime(t, `head -c ${bytes} /dev/zero | tr '\\0' x; echo; echo next`);
  t.equal(await runtime.next(), 'next');
  t.same(runtime.tooLong, [bytes]);
});

void t.test('its stderr goes to the log, and its last lines explain its end', async (t) => {
  const { runtime, messages } = shellRuntime(t, 'for i in $(seq 1 30); do echo "line $i" >&2; done; exit 3');
  const { summary, stderr } = await runtime.gone;
  t.equal(summary, 'fake exited with code 3');
  t.equal(stderr.length, RUNTIME_STDERR_LINES_MAX);
  t.same([stderr[0], stderr.at(-1)], ['line 11', 'line 30']);
  t.equal(messages.all.length, 30);
});

void t.test('a last line without its end is one, too', async (t) => {
  const { runtime, messages } = shellRuntime(
    t,
    'echo first >&2; printf "cannot read the config" >&2; exit 1',
  );
  const { stderr } = await runtime.gone;
  t.same(stderr, ['first', 'cannot read the config']);
  t.same(messages.all, ['first', 'cannot read the config']);
});

void t.test('a long line of stderr is not kept', async (t) => {
  const bytes = RUNTIME_STDERR_LINE_BYTES_MAX + 1;
  const { runtime } = shellRuntime(t, `head -c ${bytes} /dev/zero | tr '\\0' x >&2; echo >&2; echo next >&2`);
  t.same((await runtime.gone).stderr, [`(a line of ${bytes} bytes)`, 'next']);
});

void t.test('a runtime that is not read waits', async (t) => {
  const { link, runtime, messages } = shellRuntime(t, 'read l; echo out; echo said >&2; read l; echo more');
  link.pause();
  link.send(Buffer.from('go'));
  await messages.take('that it has spoken', (message) => message === 'said');
  t.same(runtime.lines.all, []);
  link.resume();
  t.equal(await runtime.next(), 'out');
  link.send(Buffer.from('go'));
  t.equal(await runtime.next(), 'more');
});

void t.test('what a runtime does not read is counted, and is no harm when it is gone', async (t) => {
  const { link, runtime, messages } = shellRuntime(t, 'echo up >&2; exec sleep 1000');
  await messages.take('that it runs', (message) => message === 'up');
  const message = Buffer.alloc(1024 * 1024, 'x');
  link.send(message);
  t.ok(link.pendingBytes > 0);
  await link.close();
  t.same(runtime.exits, [{ summary: 'fake was ended by SIGTERM', stderr: ['up'] }]);
  link.send(message);
  t.equal(runtime.exits.length, 1);
});

void t.test('a command that is not there has ended, too', async (t) => {
  const runtime = new Watched();
  const link = startChild(
    { command: '/no/such/runtime', args: [], label: 'fake' },
    runtime,
    watchedLog().log,
  );
  t.equal(link.label, 'fake (pid none)');
  link.send(Buffer.from('{}'));
  const summary = 'fake could not be started: spawn /no/such/runtime ENOENT';
  t.same(await runtime.gone, { summary, stderr: [] });
  await link.close();
  t.equal(runtime.exits.length, 1);
});
