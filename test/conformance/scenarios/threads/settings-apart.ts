import type { Freedom } from '../../lanes.js';

/** For a scenario in which somebody changes a thread's settings. */
export const settingsApart: Freedom = {
  reason:
    'That the settings have changed is told by a task of its own: before or after the answer, and before or after ' +
    'the first messages of the turn that brought them. Seen in about one run in five.',
  matches: ({ subject }) => subject === 'thread/settings/updated',
  lane: ({ subject }) => subject,
};
