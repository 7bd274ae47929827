import path from 'node:path';
import type { Scenario } from '../../scenario.js';
import { writeSkill } from './plugin-files.js';
import { calls, refusals, told } from './steps.js';

/** One client says where more skills are and switches some off; all are told that the skills have changed. */
export const skills: Scenario = {
  name: 'skills',
  long: true,
  covers: ['skills/list', 'skills/extraRoots/set', 'skills/config/write', 'skills/changed'],
  freedoms: [
    {
      reason: 'That the skills have changed is told by a task of its own: before the answer, or after it.',
      matches: ({ subject }) => subject === 'skills/changed',
      lane: ({ subject }) => subject,
    },
  ],
  async prepare({ root, home }) {
    await writeSkill(path.join(home, 'skills'), 'sweep');
    await writeSkill(path.join(root, 'extra'), 'mop');
  },
  async run({ clients: { a, b, c }, root, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await a.call('skills/list', { cwds: [work] });
    await b.call('skills/extraRoots/set', { extraRoots: [`${root}/extra`] });
    await told([a, b, c], 'skills/changed');
    await settle();
    await calls(c, [
      ['skills/list', { cwds: [work] }],
      ['skills/config/write', { name: 'sweep', enabled: false }],
      ['skills/config/write', { path: `${root}/extra/mop/SKILL.md`, enabled: false }],
      ['skills/list', { cwds: [work], forceReload: true }],
    ]);
    await refusals(a, [
      ['skills/config/write', { enabled: false }],
      ['skills/config/write', { name: 'sweep' }],
      ['skills/extraRoots/set', { extraRoots: ['relative'] }],
      ['skills/list', { cwds: 'none' }],
    ]);
    await settle();
    await a.call('skills/extraRoots/set', { extraRoots: [] });
    await told([a, b, c], 'skills/changed');
    await settle();
    await b.call('skills/list', { cwds: [work], forceReload: true });
  },
};
