import type { Step } from './step.js';

/** Trouble that passes, then trouble that does not. */
export const fail: readonly Step[] = [
  { kind: 'think', parts: ['**Losing the connection**\n\nTwice it will come back, and then no more.'] },
  {
    kind: 'trouble',
    message: 'Reconnecting... 1/2',
    details: 'The demo has pulled the plug.',
  },
  { kind: 'pause', events: 40 },
  {
    kind: 'trouble',
    message: 'Reconnecting... 2/2',
    details: 'The demo has pulled the plug.',
  },
  { kind: 'pause', events: 40 },
  {
    kind: 'fail',
    message: 'The demo has pulled the plug, as you asked. The thread is fine: just write again.',
    info: 'other',
  },
];
