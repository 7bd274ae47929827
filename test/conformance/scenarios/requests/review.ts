import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { member } from '../../../codex/json.js';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { ended, sharedThread } from './asked.js';

/** A review is begun in a thread, and in one of its own; two look on. */
export const review: Scenario = {
  name: 'review',
  long: true,
  covers: ['review/start'],
  freedoms: threadsApart,
  async prepare({ work }) {
    execFileSync('git', ['init', '-q', '-b', 'main', work]);
    await writeFile(path.join(work, 'one.txt'), 'first\n');
  },
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = (turn) => {
      if (JSON.stringify(member(turn.request.body, 'instructions') ?? null).includes('review'))
        turn.say(FINDINGS);
      else turn.say('Fine.');
    };
    const threadId = await sharedThread(stage);
    await b.call('review/start', { threadId, target: { type: 'uncommittedChanges' } });
    await ended([a, b, c], [d], threadId);
    await settle();
    await a.call('review/start', {
      threadId,
      target: { type: 'custom', instructions: 'Look at the names.' },
      delivery: 'inline',
    });
    await ended([a, b, c], [d], threadId);
    await settle();
    await a.refused('review/start', { threadId, target: { type: 'custom', instructions: ' ' } });
    await d.call('thread/turns/list', { threadId, itemsView: 'full' });
  },
};

const FINDINGS = JSON.stringify({
  findings: [
    {
      title: 'A name',
      body: 'It could be longer.',
      confidence_score: 0.5,
      priority: 2,
      code_location: { absolute_file_path: '/one.txt', line_range: { start: 1, end: 1 } },
    },
  ],
  overall_correctness: 'patch is correct',
  overall_explanation: 'Fine.',
  overall_confidence_score: 0.5,
});
