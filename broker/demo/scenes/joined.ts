import type { Step } from './step.js';

/** Played at the end of a turn that further messages have joined. */
export const joined: readonly Step[] = [
  {
    kind: 'say',
    text: 'Your further message reached me while I was at work, so I count it as part of this turn. **Noted.**',
  },
];
