import type { Step } from './step.js';

/** A review of what was changed. */
export const review: readonly Step[] = [
  { kind: 'reviewMode', entered: true },
  {
    kind: 'think',
    parts: [
      '**Reading the change**\n\nIt is small, and it does what its message says. One name could be clearer.',
    ],
  },
  {
    kind: 'say',
    text: 'The change is correct. One suggestion: in `src/cart/total.ts` the result is in cents now, so `totalCents` would be the better name.',
  },
  { kind: 'reviewMode', entered: false },
];
