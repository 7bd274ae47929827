import type { Step } from './step.js';

/** What the agent does by itself once a thread has a goal. */
export const goal: readonly Step[] = [
  {
    kind: 'think',
    parts: [
      '**Working towards the goal**\n\nNobody has to ask me again: the goal stands until it is reached.',
    ],
  },
  {
    kind: 'say',
    text: 'The goal is **{goal}**. I have looked at what it takes, and taken it as far as a demo can.',
  },
];
