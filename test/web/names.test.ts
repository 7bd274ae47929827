import t from 'tap';
import type { ClientPresence } from '../../client/types.js';
import { NAMES_MAX } from '../../web/limits.js';
import { Names } from '../../web/state/who.js';
import { commandOf, pathFrom } from '../../web/thread/text.js';

const client = (connectionId: string, more: Partial<ClientPresence> = {}): ClientPresence => ({
  connectionId,
  clientName: 'program',
  title: null,
  kind: null,
  role: 'controller',
  device: null,
  threads: [],
  lagging: false,
  pendingBytes: 0,
  since: '2026-01-01T00:00:00.000Z',
  ...more,
});
const by = (connectionId: string | null): { connectionId: string | null; clientName: string } => ({
  connectionId,
  clientName: 'program',
});

t.test('somebody is called by device, screen or program, and stays so when gone', async (t) => {
  const names = new Names();
  t.equal(names.of(by('a')), 'program');
  t.ok(
    names.learn(
      [client('a', { title: 'Desktop browser' }), client('b', { title: 'x', device: 'phone' })],
      'c',
    ),
  );
  t.notOk(names.learn([], 'c'), 'nothing new');
  t.same(
    ['a', 'b', 'c', 'd', null].map((id) => names.of(by(id))),
    ['Desktop browser', 'phone', 'you', 'program', 'program'],
  );
  names.learn([client('c', { title: 'Desktop browser' })], 'e');
  t.same(
    [names.of(by('c')), names.of(by('e'))],
    ['you', 'you'],
    'what this page did before a cut is its own',
  );
});

t.test('so many are remembered, the newest', async (t) => {
  const names = new Names();
  for (let at = 0; at <= NAMES_MAX; at += 1) names.learn([client(`c${at}`, { title: `n${at}` })], null);
  t.equal(names.of(by('c0')), 'program');
  t.equal(names.of(by('c1')), 'n1');
  t.equal(names.of(by(`c${NAMES_MAX}`)), `n${NAMES_MAX}`);
});

t.test('a path is as seen from the folder, unless it may lead out of it', async (t) => {
  t.equal(pathFrom('/a/b', '/a/b/c/d.ts'), 'c/d.ts');
  t.equal(pathFrom('/a/b/', '/a/b/c.ts'), 'c.ts');
  for (const path of ['/a/bc/d.ts', '/etc/passwd', '/a/b/../../etc/passwd', '/a/b', '/a/b//c', 'c.ts'])
    t.equal(pathFrom('/a/b', path), path);
  t.equal(pathFrom('', '/c.ts'), '/c.ts');
  t.equal(pathFrom('C:\\a', 'C:\\a\\b.ts'), 'b.ts');
});

t.test('a command is without the shell around it, where that is all there is', async (t) => {
  t.equal(commandOf("/bin/bash -lc 'npm test'"), 'npm test');
  t.equal(commandOf("zsh -c 'ls'"), 'ls');
  t.equal(commandOf('/bin/bash -lc true'), 'true');
  for (const whole of [
    "bash -lc 'a'\\''b'",
    "bash -lc 'a' b",
    "sudo bash -lc 'a'",
    'bash -lc a b',
    "bash -x -lc 'a'",
  ])
    t.equal(commandOf(whole), whole);
});
