import type { Step } from './step.js';

/** Two sub-agents side by side; one of them needs an approval. */
export const agent: readonly Step[] = [
  {
    kind: 'say',
    text: 'This splits well: one agent reads the logs while another measures. Both are threads of their own.',
  },
  {
    kind: 'delegate',
    agents: [
      {
        nickname: 'Ada',
        prompt: 'Find out from the logs since when the checkout is slow.',
        steps: [
          {
            kind: 'run',
            script: 'rg -c "checkout took [0-9]{4,}ms" logs',
            actions: [
              { type: 'search', command: 'rg -c checkout logs', query: 'checkout took', path: 'logs' },
            ],
            output: ['logs/monday.log:3\n', 'logs/tuesday.log:2\n', 'logs/wednesday.log:418\n'],
          },
          { kind: 'say', text: 'Slow checkouts begin on **Wednesday**, the day of release 2.4.0.' },
        ],
      },
      {
        nickname: 'Grace',
        prompt: 'Measure the checkout before and after release 2.4.0.',
        steps: [
          {
            kind: 'run',
            script: 'npm run bench -- checkout --releases 2.3.9,2.4.0',
            reason: 'Run the checkout benchmark for both releases?',
            output: ['2.3.9  p50  38 ms   p99  91 ms\n', '2.4.0  p50  41 ms   p99  2310 ms\n'],
            declined: [
              { kind: 'say', text: 'I was not allowed to measure, so I can only point at release 2.4.0.' },
            ],
          },
          {
            kind: 'say',
            text: 'Release 2.4.0 is as fast in the median, but its **99th percentile is 25 times slower**.',
          },
        ],
      },
    ],
  },
  {
    kind: 'say',
    text: 'Both agents are back, and their findings fit together: since **release 2.4.0** a few checkouts wait for something. The stock lock is the likeliest; I would look there next.',
  },
];
