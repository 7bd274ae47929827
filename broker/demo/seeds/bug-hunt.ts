import { hunk } from '../scenes/hunk.js';
import type { Seed } from './seed.js';

export const bugHunt: Seed = {
  name: 'Hunt down the flaky checkout test',
  branch: 'fix/flaky-checkout',
  ageMinutes: 12,
  turns: [
    {
      user: 'test/checkout.test.ts fails about once in twenty runs on CI, never here. Find out why.',
      steps: [
        {
          kind: 'think',
          parts: [
            '**Making it fail here**\n\nOnce in twenty is too rare to think about and often enough to repeat. I will run it until it breaks.',
          ],
        },
        {
          kind: 'run',
          script: 'for i in $(seq 100); do npx tap test/checkout.test.ts || break; done',
          output: [
            ' PASS  test/checkout.test.ts 8 OK 402ms\n',
            ' PASS  test/checkout.test.ts 8 OK 388ms\n',
            ' FAIL  test/checkout.test.ts 1 failed of 8 2.1s\n',
            '       expected one mail, got 0\n',
          ],
          exitCode: 1,
        },
        {
          kind: 'run',
          script: 'sed -n 40,60p test/checkout.test.ts',
          actions: [
            {
              type: 'read',
              command: 'sed -n 40,60p test/checkout.test.ts',
              name: 'checkout.test.ts',
              path: 'test/checkout.test.ts',
            },
          ],
          output: ['  await checkout(cart);\n', '  await sleep(50);\n', '  t.equal(outbox.length, 1);\n'],
        },
        {
          kind: 'say',
          text: 'Found it. The test sleeps **50 ms** and hopes that the mail is out by then. On a busy machine it is not.\n\nThe outbox knows when a mail leaves, so the test can wait for exactly that.',
        },
      ],
    },
    {
      user: 'Good. Wait for the event, then.',
      steps: [
        {
          kind: 'edit',
          declined: [],
          changes: [
            {
              path: 'test/checkout.test.ts',
              kind: 'update',
              diff: hunk(
                41,
                `   await checkout(cart);
-  await sleep(50);
+  await once(outbox, 'sent');
   t.equal(outbox.length, 1);
 });
`,
              ),
            },
          ],
        },
        {
          kind: 'run',
          script: 'for i in $(seq 200); do npx tap test/checkout.test.ts || break; done',
          output: [' PASS  test/checkout.test.ts 8 OK 391ms\n', '… 199 more, all passed\n'],
        },
        {
          kind: 'say',
          text: 'Two hundred runs, **no failure**. The test is also 50 ms faster.',
        },
      ],
    },
  ],
};
