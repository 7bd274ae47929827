import { join } from 'node:path';
import { fileChange, type FileChange } from '../items.js';
import type { Change, Step, StepOf } from '../scenes/step.js';
import type { Turn } from '../turn.js';
import { askApproval, isAllowed } from './approval.js';

/** A change takes longer to write than a word. */
const CHANGE_EVENTS = 10;
const NO_BLOB = '0'.repeat(40);

/** Shows a change of files, as it is written and as a whole, and asks for approval. Nothing is written. */
export async function edit(turn: Turn, step: StepOf<'edit'>): Promise<readonly Step[] | undefined> {
  const id = turn.ids.item('call');
  await showWriting(turn, id, step.changes);
  const changes = placedChanges(step.changes, turn.thread.meta.settings.cwd);
  const startedAtMs = turn.start(fileChange(id, changes, 'inProgress'));
  const verdict = await approve(turn, id, startedAtMs);
  if (verdict === 'cancelled') {
    turn.usage();
    return turn.cancel();
  }
  const status = verdict === 'accepted' ? 'completed' : verdict;
  turn.complete(fileChange(id, changes, status), startedAtMs);
  if (verdict === 'accepted') turn.changed(step.changes.map((change) => gitDiff(turn, change)).join(''));
  turn.usage();
  return verdict === 'accepted' ? undefined : step.declined;
}

async function approve(turn: Turn, itemId: string, startedAtMs: number): ReturnType<typeof askApproval> {
  if (isAllowed(turn.thread, 'edit')) return 'accepted';
  turn.setStatus('waitingOnApproval');
  const params = { ...turn.where, itemId, startedAtMs, reason: null, grantRoot: null };
  const verdict = await askApproval(turn, 'item/fileChange/requestApproval', params, 'edit');
  turn.setStatus();
  return verdict;
}

/** The patch as it grows, with paths as the agent writes them: below the folder. */
async function showWriting(turn: Turn, itemId: string, changes: readonly Change[]): Promise<void> {
  for (let count = 1; count <= changes.length; count += 1) {
    await turn.beat(CHANGE_EVENTS);
    const soFar = changes.slice(0, count).map((change) => wireChange(change, change.path));
    turn.tell('item/fileChange/patchUpdated', { ...turn.where, itemId, changes: soFar });
  }
}

/** The changes with the paths that a finished patch has: absolute. */
export function placedChanges(changes: readonly Change[], cwd: string): FileChange[] {
  return changes.map((change) => wireChange(change, join(cwd, change.path)));
}

function wireChange({ kind, diff }: Change, path: string): FileChange {
  return kind === 'add'
    ? { path, kind: { type: 'add' }, diff }
    : { path, kind: { type: 'update', move_path: null }, diff };
}

/** One file of the turn's diff, as git writes it. */
function gitDiff({ ids }: Turn, { path, kind, diff }: Change): string {
  const header = `diff --git a/${path} b/${path}\n`;
  const blob = ids.hex(40);
  if (kind === 'update')
    return `${header}index ${ids.hex(40)}..${blob}\n--- a/${path}\n+++ b/${path}\n${diff}`;
  const lines = diff.split('\n').slice(0, -1);
  const body = lines.map((line) => `+${line}\n`).join('');
  const mode = `new file mode 100644\nindex ${NO_BLOB}..${blob}\n`;
  return `${header}${mode}--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${body}`;
}
