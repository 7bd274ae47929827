import t from 'tap';
import type { Thread, UserInput } from '../../client/runtime-types.js';
import type { ClientPresence, TurnState } from '../../client/types.js';
import {
  DRAFT_CHARS_MAX,
  DRAFTS_MAX,
  IMAGES_MAX,
  MESSAGE_FRAME_BYTES_MAX,
  NOTIFICATIONS_MAX,
  OUTGOING_MAX,
  LABEL_CHARS_MAX,
} from '../../web/limits.js';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { Drafts } from '../../web/state/drafts.js';
import { Kept } from '../../web/state/kept.js';
import { complaintOf, inputOf } from '../../web/state/message.js';
import { Notices } from '../../web/state/notices.js';
import type { Surface } from '../../web/state/notices.js';
import { Outgoing } from '../../web/state/outgoing.js';
import { nameOf, presentOn } from '../../web/state/presence.js';
import { activityOf, folderOf, titleOf } from '../../web/state/thread-words.js';

/** A storage with this in it under every name. */
function keptWith(json: string): Kept {
  let held = json;
  return new Kept(() => ({
    getItem: () => held,
    setItem: (_, value) => void (held = value),
    removeItem: () => {},
  }));
}

t.test('a draft stays with its thread, also after a reload', async (t) => {
  const kept = keptWith('[]');
  const drafts = new Drafts(kept);
  drafts.set('a', 'half a sent');
  drafts.set('b', 'x');
  drafts.set('b', '');
  t.equal(new Drafts(kept).of('a'), 'half a sent');
  t.equal(new Drafts(kept).of('b'), '');
  for (let n = 0; n < DRAFTS_MAX; n += 1) drafts.set(`later ${n}`, 'y');
  t.equal(drafts.of('a'), '', 'the oldest goes');
  t.equal(drafts.of('later 0'), 'y');
  drafts.set('c', 'z'.repeat(DRAFT_CHARS_MAX + 1));
  t.equal(drafts.of('c').length, DRAFT_CHARS_MAX);
});

t.test('what else is in the storage is no draft', async (t) => {
  for (const json of ['', 'no json', '{}', '[1, ["a"], ["a", 1]]', 'null'])
    t.equal(new Drafts(keptWith(json)).of('a'), '', json);
});

t.test('a message is text, images, or both; what is too large for a frame is said', async (t) => {
  t.same(inputOf('  ', []), []);
  t.same(inputOf('a', ['data:x']), [
    { type: 'text', text: 'a', text_elements: [] },
    { type: 'image', url: 'data:x' },
  ]);
  const most = MESSAGE_FRAME_BYTES_MAX - JSON.stringify(inputOf('', [''])).length;
  t.equal(complaintOf('', ['x'.repeat(most)]), null);
  t.match(complaintOf('', ['x'.repeat(most + 1)]), /too large: 16 MB/);
  t.match(complaintOf('ü'.repeat(MESSAGE_FRAME_BYTES_MAX / 2), []), /too large/, 'bytes are counted');
  t.match(
    complaintOf(
      '',
      Array.from({ length: IMAGES_MAX + 1 }, () => 'x'),
    ),
    /At most 8 images/,
  );
  t.ok(MESSAGE_FRAME_BYTES_MAX < FRAME_BYTES_MAX);
});

const INPUT: readonly UserInput[] = [{ type: 'text', text: 'hello' }];

/** Turns with a message of that id in the newest. */
function turnsWith(clientId: string): readonly TurnState[] {
  const item = { id: 'i', type: 'userMessage', clientId, content: INPUT };
  return [
    { items: [{ id: 'i', item, inProgress: false, output: '', progress: [] }] } as unknown as TurnState,
  ];
}

function newOutgoing(): Outgoing {
  let last = 0;
  return new Outgoing(() => `m${(last += 1)}`);
}

t.test('a message is shown until the thread has it', async (t) => {
  const outgoing = newOutgoing();
  outgoing.send('t', INPUT, async () => ({}));
  t.match(outgoing.state, [{ clientId: 'm1', status: 'sending' }]);
  await new Promise(setImmediate);
  t.match(outgoing.state, [{ clientId: 'm1', status: 'sent' }]);
  outgoing.arrived(turnsWith('another'));
  t.equal(outgoing.state.length, 1);
  outgoing.arrived(turnsWith('m1'));
  t.same(outgoing.state, []);
});

t.test('one that failed stays, and goes again under the same id', async (t) => {
  const outgoing = newOutgoing();
  const ids: string[] = [];
  const fail = async (_: unknown, id: string): Promise<never> => {
    ids.push(id);
    throw new Error('refused');
  };
  outgoing.send('t', INPUT, fail);
  await new Promise(setImmediate);
  t.match(outgoing.state, [{ status: 'failed', error: 'refused' }]);
  outgoing.left('t');
  t.equal(outgoing.state.length, 1, 'also when one looks elsewhere meanwhile');
  outgoing.retry('m1', async (_, id) => void ids.push(id));
  await new Promise(setImmediate);
  t.same(ids, ['m1', 'm1']);
  t.match(outgoing.state, [{ status: 'sent', error: null }]);
  outgoing.left('t');
  t.same(outgoing.state, []);
});

t.test('only so many are shown', async (t) => {
  const outgoing = newOutgoing();
  for (let n = 0; n <= OUTGOING_MAX; n += 1) outgoing.send('t', INPUT, async () => ({}));
  t.equal(outgoing.state.length, OUTGOING_MAX);
  outgoing.discard('m2');
  t.equal(outgoing.state.length, OUTGOING_MAX - 1);
});

/** A thread with that id and status. */
function thread(id: string, waiting: boolean, rest: Partial<Thread> = {}): Thread {
  const status = { type: 'active', activeFlags: waiting ? ['waitingOnApproval'] : [] } as const;
  return {
    id,
    name: null,
    preview: 'the secret plan',
    cwd: '/srv/app/web',
    status,
    createdAt: 0,
    updatedAt: 0,
    ...rest,
  };
}

interface Told {
  readonly told: string[];
  readonly surface: Surface;
}

function surface(isHidden: boolean, permission: 'granted' | 'default'): Told {
  const told: string[] = [];
  return {
    told,
    surface: {
      setTitle: (title) => void told.push(`title ${title}`),
      setBadge: (count) => void told.push(`badge ${count}`),
      isHidden: () => isHidden,
      permission: () => permission,
      ask: async () => {},
      notify: (id, title, body) => void told.push(`notify ${id}: ${title}, ${body}`),
      dismiss: (id) => void told.push(`dismiss ${id}`),
    },
  };
}

t.test('somebody is told when a thread waits, and that it does no longer', async (t) => {
  const { told, surface: granted } = surface(true, 'granted');
  const notices = new Notices(granted);
  notices.update([thread('a', false)], null);
  notices.update([thread('a', true), thread('b', true, { name: 'Fix it' })], 'Fix it');
  notices.update([thread('a', true), thread('b', false)], null);
  t.same(told, [
    'title Threadcast',
    'badge 0',
    'title (2) Fix it · Threadcast',
    'badge 2',
    'notify a: You are needed, A thread in …/app/web',
    'notify b: You are needed, Fix it',
    'title (1) Threadcast',
    'badge 1',
    'dismiss b',
  ]);
  t.notMatch(told.join(), 'secret', 'never what was written');
});

t.test('nobody is told by a notification who looks, or has not allowed it', async (t) => {
  for (const [isHidden, permission] of [
    [false, 'granted'],
    [true, 'default'],
  ] as const) {
    const { told, surface: quiet } = surface(isHidden, permission);
    new Notices(quiet).update([thread('a', true)], null);
    t.same(told, ['title (1) Threadcast', 'badge 1']);
  }
  const { told, surface: many } = surface(true, 'granted');
  const all = Array.from({ length: NOTIFICATIONS_MAX + 1 }, (_, n) => thread(String(n), true));
  new Notices(many).update(all, null);
  t.equal(told.filter((each) => each.startsWith('notify')).length, NOTIFICATIONS_MAX);
});

t.test('a thread has a title, a folder and an activity', async (t) => {
  t.equal(titleOf(thread('a', false)), 'the secret plan');
  t.equal(titleOf(thread('a', false, { name: ' ', preview: ' ' })), 'New thread');
  t.equal(titleOf(thread('a', false, { name: 'a\u202E\n\nb' })), 'a⟨U+202E⟩ b');
  t.equal(titleOf(thread('a', false, { name: 'x'.repeat(10_000) })).length, LABEL_CHARS_MAX + 1);
  t.equal(folderOf('/srv/app'), '/srv/app');
  t.equal(folderOf('/srv/\u202Eapp'), '/srv/⟨U+202E⟩app');
  t.equal(folderOf('/srv/app/web/'), '…/app/web');
  t.equal(activityOf(thread('a', true)), 'waiting');
  t.equal(activityOf(thread('a', false)), 'working');
  t.equal(activityOf({ status: { type: 'systemError' } }), 'failed');
  t.equal(activityOf({ status: { type: 'notLoaded' } }), 'idle');
});

t.test('those on the thread come first, and one is not told of oneself', async (t) => {
  const client = (
    connectionId: string,
    threads: string[],
    rest: Partial<ClientPresence> = {},
  ): ClientPresence => ({
    connectionId,
    clientName: 'x',
    title: null,
    kind: 'person',
    role: 'controller',
    device: null,
    threads,
    lagging: false,
    pendingBytes: 0,
    since: '',
    ...rest,
  });
  const all = [client('own', ['t']), client('b', []), client('c', ['t'])];
  const { here, elsewhere } = presentOn('t', all, 'own');
  t.same(
    [here, elsewhere].map((some) => some.map(({ connectionId }) => connectionId)),
    [['c'], ['b']],
  );
  t.equal(nameOf(client('d', [], { device: 'phone', title: 'Browser' })), 'phone');
  t.equal(nameOf(client('d', [], { title: 'Browser' })), 'Browser');
});
