import type { Seed } from './seed.js';

export const spike: Seed = {
  name: 'Spike: search without a server',
  branch: 'spike/search',
  ageMinutes: 9 * 24 * 60,
  archived: true,
  turns: [
    {
      user: 'Could the catalogue search run in the browser?',
      steps: [
        {
          kind: 'say',
          text: 'For the **4,000** articles of today, yes: the index is 310 kB and a query takes 2 ms. At ten times that, the index alone would cost more than a server.',
        },
      ],
    },
  ],
};
