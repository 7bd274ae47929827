import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { member, text } from '../codex/json.js';
import { column, entries, readyDemo, stateFolder, type Runtime } from './runtime.js';

t.test('what was said survives a restart', async (t) => {
  const folder = stateFolder(t);
  const before = await readyDemo(t, [], folder);
  const threadId = await before.startThread();
  await before.playTurn(threadId, 'think');
  await before.result('thread/name/set', { threadId, name: 'Kept' });
  await before.result('thread/goal/set', { threadId, objective: 'later', status: 'paused' });
  const ephemeral = await before.startThread({ ephemeral: true });
  await before.playTurn(ephemeral, 'think');
  const turns = await before.result('thread/turns/list', { threadId, itemsView: 'full' });
  t.equal(await before.end(), 0);

  const after = await readyDemo(t, [], folder);
  const { data } = await after.result('thread/list');
  t.match(entries(data)[0], { id: threadId, name: 'Kept', preview: 'think', status: { type: 'notLoaded' } });
  t.equal(entries(data).length, 4, 'with the examples of the first start, once');
  t.strictSame(
    (await after.result('thread/turns/list', { threadId, itemsView: 'full' }))['data'],
    turns['data'],
  );
  t.match(
    await after.error('turn/start', { threadId, input: [] }),
    /^thread not found/,
    'it must be resumed',
  );
  t.match(await after.error('thread/read', { threadId: ephemeral }), /^thread not loaded/);
  await after.result('thread/resume', { threadId, excludeTurns: true });
  t.match((await after.next('thread/goal/updated'))['params'], { goal: { objective: 'later' } });
  const turn = await after.playTurn(threadId, 'think');
  t.notOk(column(turns['data'], 'id').includes(member(turn, 'id')), 'with ids that were never given before');
});

t.test('a turn that runs at the end of stdin counts as interrupted', async (t) => {
  const folder = stateFolder(t);
  const before = await readyDemo(t, [], folder);
  const threadId = await before.startThread();
  await before.startTurn(threadId, 'run');
  await before.next('item/commandExecution/requestApproval', threadId);
  t.equal(await before.end(), 0);
  t.equal(before.said.all.at(-1)?.['method'], 'item/commandExecution/requestApproval', 'and nobody is told');

  const after = await readyDemo(t, [], folder);
  const { data } = await after.result('thread/turns/list', { threadId });
  t.match(data, [{ status: 'interrupted' }]);
});

t.test('archived and deleted threads stay so', async (t) => {
  const folder = stateFolder(t);
  const before = await readyDemo(t, [], folder);
  const [archived, deleted] = [await before.startThread(), await before.startThread()];
  await before.playTurn(archived, 'think');
  await before.playTurn(deleted, 'think');
  await before.result('thread/archive', { threadId: archived });
  await before.result('thread/delete', { threadId: deleted });
  t.notOk(readdirSync(path.join(folder, 'threads')).some((name) => name.startsWith(deleted)));
  await before.end();

  const after = await readyDemo(t, [], folder);
  const ids = column((await after.result('thread/list', { archived: true }))['data'], 'id');
  t.ok(ids.includes(archived));
  t.match(await after.error('thread/read', { threadId: deleted }), /not loaded/);
});

t.test('the history of an archived thread is where its path says', async (t) => {
  const folder = stateFolder(t);
  const before = await readyDemo(t, [], folder);
  const threadId = await before.startThread();
  await before.playTurn(threadId, 'think');
  const pathOf = async (demo: Runtime): Promise<string> => {
    const read = await demo.result('thread/read', { threadId, includeTurns: true });
    t.match(member(read, 'thread', 'turns'), [{ status: 'completed' }]);
    return text(read, 'thread', 'path');
  };
  const atFirst = await pathOf(before);
  t.ok(existsSync(atFirst));
  await before.result('thread/archive', { threadId });
  const shelved = path.join(path.dirname(atFirst), 'archived_sessions', path.basename(atFirst));
  t.equal(await pathOf(before), shelved);
  t.ok(existsSync(shelved));
  t.notOk(existsSync(atFirst));
  await before.end();

  // As it is after an end in between.
  renameSync(shelved, atFirst);
  const after = await readyDemo(t, [], folder);
  t.equal(await pathOf(after), shelved);
  renameSync(atFirst, shelved);
  await after.result('thread/unarchive', { threadId });
  t.equal(await pathOf(after), atFirst);
  t.ok(existsSync(atFirst));

  await after.result('thread/archive', { threadId });
  await after.result('thread/delete', { threadId });
  t.notOk(existsSync(shelved));
});

t.test('what is broken in the state folder costs no more than itself', async (t) => {
  const folder = stateFolder(t);
  const before = await readyDemo(t, [], folder);
  const threadId = await before.startThread();
  await before.playTurn(threadId, 'think');
  await before.end();
  const threads = path.join(folder, 'threads');
  appendFileSync(path.join(threads, `${threadId}.jsonl`), 'null\n{"item":{"type":"agentMess');
  writeFileSync(path.join(threads, 'torn.json'), '{"version":1');
  writeFileSync(path.join(threads, 'foreign.json'), '{"version":2}');
  writeFileSync(path.join(folder, 'lives.json'), '"many"');

  const after = await readyDemo(t, [], folder);
  t.match(await after.stderr.take('a log line', (line) => line.includes('torn.json')), /skipped/);
  t.match(await after.stderr.take('a log line', (line) => line.includes('no thread')), /skipped/);
  const { data } = await after.result('thread/turns/list', { threadId });
  t.equal(entries(data).length, 1);
  t.match(await after.stderr.take('a log line', (line) => line.includes(threadId)), /skipped a line/);
});

t.test('a folder that can no longer be written costs the record, not the conversation', async (t) => {
  const folder = stateFolder(t);
  const demo = await readyDemo(t, [], folder);
  const threadId = await demo.startThread();
  // A folder where the file should be: it can neither be appended to nor replaced.
  const { thread } = await demo.result('thread/read', { threadId });
  const file = text(thread, 'path');
  t.notOk(existsSync(file));
  mkdirSync(file);
  t.match(await demo.playTurn(threadId, 'think'), { status: 'completed' });
  t.match(await demo.stderr.take('a log line', () => true), /could not save/);
});
