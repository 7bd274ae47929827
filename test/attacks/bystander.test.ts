import t from 'tap';
import type { Test } from 'tap';
import {
  CONNECTIONS_PER_DEVICE_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  SUBSCRIPTIONS_PER_CONNECTION_MAX,
} from '../../protocol/limits.js';
import { delta } from '../support/in-memory.js';
import { Caller } from './caller.js';
import { withEachServer } from './stage.js';
import type { Stage } from './stage.js';

const EVENTS = 2_000;
/** Each as long as a screen of text: what a device does not read has to wait somewhere. */
const TEXT = 'x'.repeat(2_000);

async function subscribed(t: Test, stage: Stage, token: string): Promise<Caller> {
  const caller = await Caller.connect(t, stage.url, token);
  const id = caller.ask('thread/resume', { threadId: 't1' });
  await caller.heard();
  stage.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await caller.answered(id);
  return caller;
}

/** The runtime talks; resolves with the numbers of what the bystander heard of it. */
async function stream(stage: Stage, bystander: Caller): Promise<readonly number[]> {
  for (let n = 0; n < EVENTS; n += 1) stage.runtime.say(delta('t1', `${n} ${TEXT}`));
  await bystander.inbox.take('the last event', (each) => textOf(each).startsWith(`${EVENTS - 1} `));
  return bystander.received
    .filter(({ method }) => method === 'item/agentMessage/delta')
    .map((each) => parseInt(textOf(each), 10));
}

function textOf({ params }: { readonly params?: Record<string, unknown> }): string {
  return typeof params?.['delta'] === 'string' ? params['delta'] : '';
}

const ALL = Array.from({ length: EVENTS }, (_, n) => n);

withEachServer(t, 'a device that does not read keeps nobody waiting', async (t, stage) => {
  const { token } = await stage.device('controller');
  const bystander = await subscribed(t, stage, stage.token.token);
  const slow = await subscribed(t, stage, token);
  slow.stall();
  t.same(await stream(stage, bystander), ALL);
});

withEachServer(t, 'a device that takes all that it can get leaves others theirs', async (t, stage) => {
  const { token } = await stage.device('controller');
  const bystander = await subscribed(t, stage, stage.token.token);
  const hostile = await Caller.connect(t, stage.url, token);
  for (let i = 0; i < SUBSCRIPTIONS_PER_CONNECTION_MAX + REQUESTS_PER_CONNECTION_MAX; i += 1)
    hostile.ask('thread/resume', { threadId: `other-${i}` });
  const crowd = await Promise.all(
    Array.from({ length: CONNECTIONS_PER_DEVICE_MAX + 8 }, () => Caller.open(t, stage.url, token)),
  );
  const refused = crowd.slice(CONNECTIONS_PER_DEVICE_MAX - 1).map(({ ended }) => ended);
  t.same(new Set((await Promise.all(refused)).map(({ code }) => code)), new Set([4429]));
  t.equal(await bystander.outcome('thread/read', { threadId: 't1' }), 'asked of the runtime');
  t.equal(await hostile.outcome('thread/read', { threadId: 't1' }), 'overloaded');
  t.same(await stream(stage, bystander), ALL);
  await t.resolves(Caller.connect(t, stage.url, stage.token.token), 'who comes next gets in');
});
