import { text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import { lastStatusUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, startThread, status, turnEnds, typed, wholeTurn } from '../steps.js';
import { settingsApart } from './settings-apart.js';

const UPDATED = 'thread/settings/updated';

/**
 * What a thread may do is a profile that the server knows by name. It is kept unless somebody names another, over
 * turns, forks and being unloaded; whoever watches is told, and sees it in what is resumed and read later.
 */
export const permissionProfiles: Scenario = {
  name: 'permission-profiles',
  covers: ['permissionProfile/list', 'thread/start', 'thread/resume', 'thread/fork', 'turn/start', UPDATED],
  config: () => ({
    settings: { default_permissions: ':workspace' },
    tables: [
      '[permissions.tight]',
      'description = "Looks only"',
      'extends = ":read-only"',
      '[permissions.wide]',
      'extends = ":workspace"',
    ],
  }),
  freedoms: [lastStatusUntold, settingsApart],
  async run({ clients: { a, b, c, d }, work, home, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    await c.call('permissionProfile/list', {});
    await c.call('permissionProfile/list', { limit: 1, cwd: work });
    const usual = await startThread(a, work);
    await a.call('thread/unsubscribe', { threadId: usual });
    const threadId = await startThread(a, work, { permissions: 'wide' });
    await wholeTurn([a], threadId, 'first');
    await status([b, c, d], threadId, 'idle');
    await settle();

    await kept([a, b, c, d], threadId);
    await settle();
    await replaced([a, b, c, d], threadId, home);
    await settle();
    await reloaded([a, b, c, d], threadId, work);
    await settle();
    await refusals(b, threadId, work);
  },
};

type Four = readonly [Client, Client, Client, Client];

/** Nothing is said of permissions, or in vain: a thread that is loaded goes on as it is. */
async function kept([a, b, c, d]: Four, threadId: string): Promise<void> {
  await b.call('thread/resume', { threadId, excludeTurns: true });
  await d.call('thread/resume', { threadId, excludeTurns: true, permissions: 'tight', cwd: '/' });
  for (const each of [a, b, c, d])
    for (let resumes = 0; resumes < 2; resumes += 1)
      await each.notification('thread/goal/cleared', of(threadId));
  await c.call('turn/start', { threadId, input: typed('as it is') });
  await turnEnds([a, b, d], threadId);
  await status([c], threadId, 'idle');
  const fork = text(await b.call('thread/fork', { threadId, excludeTurns: true }), 'thread', 'id');
  for (const each of [a, b, c, d]) await each.notification('thread/started');
  await b.call('thread/unsubscribe', { threadId: fork });
}

/** One names another profile and other roots; the others are told. */
async function replaced([a, b, c, d]: Four, threadId: string, home: string): Promise<void> {
  const told = async (clients: readonly Client[]): Promise<void> => {
    for (const each of clients) await each.notification(UPDATED, of(threadId));
  };
  const params = {
    threadId,
    input: typed('other roots'),
    permissions: 'tight',
    runtimeWorkspaceRoots: [home],
  };
  await b.call('turn/start', params);
  await told([a, b, d]);
  await turnEnds([a, b, d], threadId);
  await status([c], threadId, 'idle');
  await d.call('thread/settings/update', { threadId, permissions: ':read-only' });
  await told([a, b, d]);
  await c.call('turn/start', { threadId, input: typed('old ways'), sandboxPolicy: workspaceWrite(home) });
  await told([a, b, d]);
  await turnEnds([a, b, d], threadId);
  await status([c], threadId, 'idle');
  await a.call('thread/resume', { threadId, excludeTurns: true });
  for (const each of [a, b, c, d]) await each.notification('thread/goal/cleared', of(threadId));
  await c.call('thread/read', { threadId });
}

function workspaceWrite(root: string): Json {
  return {
    type: 'workspaceWrite',
    writableRoots: [root],
    networkAccess: false,
    excludeTmpdirEnvVar: true,
    excludeSlashTmp: true,
  };
}

/** Unloaded and resumed: what is stored counts, and what is said over it. */
async function reloaded([a, b, c, d]: Four, threadId: string, work: string): Promise<void> {
  const unload = async (): Promise<void> => {
    await c.call('thread/archive', { threadId });
    for (const each of [a, b, c, d]) await each.notification('thread/archived', of(threadId));
    await c.call('thread/unarchive', { threadId });
    for (const each of [a, b, c, d]) await each.notification('thread/unarchived', of(threadId));
  };
  const resume = async (client: Client, more: { readonly [name: string]: Json }): Promise<void> => {
    await client.call('thread/resume', { threadId, excludeTurns: true, ...more });
    for (const each of [a, b, c, d]) await each.notification('thread/goal/cleared', of(threadId));
  };
  await unload();
  await resume(b, {});
  await unload();
  await resume(d, { permissions: 'tight', runtimeWorkspaceRoots: [work] });
  await resume(a, {});
}

async function refusals(client: Client, threadId: string, work: string): Promise<void> {
  const input = typed('x');
  for (const [method, rest] of [
    ['thread/start', { cwd: work }],
    ['turn/start', { threadId, input }],
    ['thread/fork', { threadId, excludeTurns: true }],
    ['thread/settings/update', { threadId }],
  ] satisfies [string, { readonly [name: string]: Json }][]) {
    await client.refused(method, { ...rest, permissions: 'no such profile' });
    await client.refused(method, { ...rest, permissions: { fileSystem: { write: ['/'] } } });
  }
  await client.refused('thread/start', { cwd: work, permissions: 'wide', sandbox: 'read-only' });
  await client.refused('turn/start', {
    threadId,
    input,
    permissions: 'wide',
    sandboxPolicy: workspaceWrite(work),
  });
  await client.refused('turn/start', { threadId, input, runtimeWorkspaceRoots: ['relative'] });
  await client.refused('thread/settings/update', {
    threadId,
    permissions: 'wide',
    sandboxPolicy: { type: 'x' },
  });
}
