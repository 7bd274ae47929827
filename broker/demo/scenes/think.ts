import type { Step } from './step.js';

/** Reasoning with a summary in parts. */
export const think: readonly Step[] = [
  {
    kind: 'think',
    parts: [
      '**Weighing two designs**\n\nA queue keeps the order of events but adds a moving part. A table with a sequence number keeps it, too, and the database is there already.',
      '**Looking for what could go wrong**\n\nTwo writers could take the same number. A unique index turns that into an error that can be retried.',
      '**Deciding**\n\nThe table it is: fewer things to run, and the order can be proved.',
    ],
  },
  {
    kind: 'say',
    text: 'I would store the events in a **table with a sequence number**, not in a queue: one thing less to run, and a unique index on the number proves the order.',
  },
];
