import type { Freedom } from '../../lanes.js';

/** For a scenario with feature flags that the server warns of. */
export const warnedApart: Freedom = {
  reason:
    'A new thread says in a task of its own what is wrong with the config: before or after the answer that brings it, ' +
    'and before or after that it has started. Seen in about one run in three.',
  matches: ({ subject, text }) => subject === 'warning' && /deprecated|Under-development/.test(text),
  lane: ({ subject, thread }) => `${subject} of ${thread}`,
};
