import type { Demo } from '../demo.js';
import { History } from '../history.js';
import type { Ids } from '../ids.js';
import {
  agentMessage,
  commandExecution,
  fileChange,
  type ItemBody,
  reasoning,
  userMessage,
} from '../items.js';
import { commandFacts } from '../play/command.js';
import { placedChanges } from '../play/edit.js';
import type { Thread } from '../thread.js';
import { createThread } from '../threads.js';
import { countStep } from '../usage.js';
import { bugHunt } from './bug-hunt.js';
import { docs } from './docs.js';
import { refactoring } from './refactoring.js';
import type { PastStep, Seed } from './seed.js';
import { spike } from './spike.js';

const MINUTE_MS = 60_000;
/** How long an item of the past took. */
const ITEM_MS = 4_000;

/** Oldest first, as they would have come about. */
const SEEDS: readonly Seed[] = [spike, docs, refactoring, bugHunt];

/** Fills an empty state folder with threads to look at. */
export function seedThreads(demo: Demo): void {
  for (const seed of SEEDS) {
    const beginMs = demo.clock.nowMs() - seed.ageMinutes * MINUTE_MS;
    const gitInfo = { sha: demo.ids.hex(40), branch: seed.branch, originUrl: null };
    const preview = seed.turns[0]?.user ?? seed.name;
    const thread = createThread(demo, { name: seed.name, preview, gitInfo, createdAtMs: beginMs });
    demo.setStatus(thread, { type: 'notLoaded' });
    thread.subscribed = false;
    thread.meta.archived = seed.archived ?? false;
    thread.meta.updatedAtMs = writeHistory(demo, thread, seed, beginMs);
    demo.save(thread);
  }
}

/** @returns when the last turn ended. */
function writeHistory(demo: Demo, thread: Thread, seed: Seed, beginMs: number): number {
  const history = new History();
  const ids = demo.ids.fork();
  let nowMs = beginMs;
  for (const { user, steps } of seed.turns) {
    const startMs = nowMs;
    const id = ids.uuid();
    const running = { id, rootTurnId: id, status: 'inProgress', error: null } as const;
    const startedAt = Math.floor(startMs / 1000);
    history.turn({ ...running, startedAt, completedAt: null, durationMs: null });
    const message = userMessage(ids.uuid(), null, [{ type: 'text', text: user, text_elements: [] }]);
    for (const body of [message, ...steps.map((step) => settled(step, ids, thread))]) {
      history.item({ ...body, startedAtMs: nowMs, completedAtMs: nowMs + ITEM_MS });
      nowMs += ITEM_MS;
      countStep(thread.meta, ids);
    }
    const times = { completedAt: Math.floor(nowMs / 1000), durationMs: nowMs - startMs };
    history.turn({ ...running, status: 'completed', startedAt, ...times });
  }
  demo.store.replaceHistory(thread.meta.id, history.lines());
  return nowMs;
}

/** What a step leaves behind. */
function settled(step: PastStep, ids: Ids, { meta }: Thread): ItemBody {
  switch (step.kind) {
    case 'say':
      return agentMessage(ids.item('msg'), step.text);
    case 'think':
      return reasoning(ids.item('rs'), step.parts);
    case 'run': {
      const exitCode = step.exitCode ?? 0;
      const end = { aggregatedOutput: step.output.join('') || null, exitCode, durationMs: ITEM_MS };
      const status = exitCode === 0 ? 'completed' : 'failed';
      return commandExecution(
        commandFacts(step, ids, meta.settings.cwd),
        { processId: '10000' },
        status,
        end,
      );
    }
    case 'edit':
      return fileChange(ids.item('call'), placedChanges(step.changes, meta.settings.cwd), 'completed');
  }
}
