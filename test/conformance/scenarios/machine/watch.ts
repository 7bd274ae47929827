import { member } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { base64, refusals } from './steps.js';

/** Files are watched, by two clients under the same id; neither can end the other's watch. */
export const watch: Scenario = {
  name: 'watch',
  covers: ['fs/watch', 'fs/unwatch', 'fs/changed', 'fs/writeFile'],
  freedoms: [
    {
      reason:
        'Each watch has a task of its own: a change that two of one client see is told in either order. Seen in one ' +
        'run in two.',
      matches: ({ subject }) => subject === 'fs/changed',
      lane: ({ subject, body }) => `${subject} of ${JSON.stringify(member(body, 'params', 'watchId'))}`,
    },
  ],
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const write = async (name: string): Promise<void> => {
      await c.call('fs/writeFile', { path: `${work}/${name}`, dataBase64: base64(name) });
    };
    for (const client of [a, b]) await client.call('fs/watch', { watchId: 'one', path: work });
    await a.call('fs/watch', { watchId: 'later', path: `${work}/later` });
    await refusals(a, [
      ['fs/watch', { watchId: 'one', path: work }],
      ['fs/watch', { watchId: 'two', path: 'relative' }],
      ['fs/watch', { watchId: 5, path: work }],
      ['fs/watch', { path: work }],
      ['fs/unwatch', {}],
    ]);
    await c.call('fs/unwatch', { watchId: 'one' });
    await write('first');
    for (const client of [a, b]) await client.notification('fs/changed');
    await settle();

    await b.call('fs/unwatch', { watchId: 'one' });
    await b.call('fs/unwatch', { watchId: 'one' });
    await b.call('fs/unwatch', { watchId: '' });
    await write('later');
    await a.notification('fs/changed');
    await a.notification('fs/changed');
    // An id that is free again, and one that is empty.
    await b.call('fs/watch', { watchId: 'one', path: `${work}/first` });
    await c.call('fs/watch', { watchId: '', path: `${work}/first` });
    await a.call('fs/unwatch', { watchId: 'one' });
    await a.call('fs/unwatch', { watchId: 'later' });
    await write('first');
    for (const client of [b, c]) await client.notification('fs/changed');
  },
};
