import { hunk } from './hunk.js';
import type { Step } from './step.js';

const declined: readonly Step[] = [
  {
    kind: 'say',
    text: 'You said no, so I leave everything as it is. Whoever else watches this thread has seen your decision, too.',
  },
];

/** What free text gets: a small bug hunt from the first look to the green tests. */
export const tour: readonly Step[] = [
  {
    kind: 'think',
    parts: [
      '**Reading the request**\n\nThe user wrote “{input}”. I will treat it as a bug in the checkout and look at the code first.',
      '**Choosing where to look**\n\nTotals are made in one place, so the cart is the first suspect.',
    ],
  },
  {
    kind: 'say',
    text: 'On it. You wrote: *{input}*. This is the demo, so I will show you a small bug hunt in an imaginary shop; every client on this thread sees the same, live.',
  },
  {
    kind: 'plan',
    because: 'From the symptom to a test that keeps it away',
    plan: [
      { step: 'Find where totals are made', status: 'inProgress' },
      { step: 'Fix the rounding', status: 'pending' },
      { step: 'Run the tests', status: 'pending' },
    ],
  },
  {
    kind: 'run',
    script: 'rg -n "total" src/cart',
    actions: [{ type: 'search', command: 'rg -n total src/cart', query: 'total', path: 'src/cart' }],
    output: [
      'src/cart/total.ts:3:export function total(lines: Line[]): number {\n',
      'src/cart/total.ts:4:  return lines.reduce((sum, line) => sum + line.price * line.count, 0);\n',
      'src/cart/view.ts:18:  label.textContent = money(total(lines));\n',
    ],
  },
  {
    kind: 'say',
    text: 'Prices are added as floating point numbers: `0.1 + 0.2` is already off by a hair, and a long cart shows it. I will count in **cents** instead.',
  },
  {
    kind: 'edit',
    changes: [
      {
        path: 'src/cart/total.ts',
        kind: 'update',
        diff: hunk(
          1,
          ` import type { Line } from './line.js';
 
+/** In cents: sums of floating point prices drift. */
 export function total(lines: Line[]): number {
-  return lines.reduce((sum, line) => sum + line.price * line.count, 0);
+  return lines.reduce((sum, line) => sum + Math.round(line.price * 100) * line.count, 0);
 }
`,
        ),
      },
      {
        path: 'test/cart/total.test.ts',
        kind: 'add',
        diff: `import t from 'tap';
import { total } from '../../src/cart/total.js';

t.equal(total([{ price: 0.1, count: 3 }]), 30, 'three times ten cents are thirty');
`,
      },
    ],
    declined,
  },
  {
    kind: 'plan',
    because: 'The cause is found and fixed',
    plan: [
      { step: 'Find where totals are made', status: 'completed' },
      { step: 'Fix the rounding', status: 'completed' },
      { step: 'Run the tests', status: 'inProgress' },
    ],
  },
  {
    kind: 'run',
    script: 'npm test -- test/cart',
    reason: 'Run the tests of the cart?',
    output: [
      '> shop@2.4.0 test\n> tap test/cart\n\n',
      '\u001B[42;30m PASS \u001B[0m test/cart/line.test.ts 4 \u001B[32mOK\u001B[0m \u001B[2m310ms\u001B[0m\n',
      '\u001B[42;30m PASS \u001B[0m test/cart/total.test.ts 1 \u001B[32mOK\u001B[0m \u001B[2m287ms\u001B[0m\n',
      '\u001B[42;30m PASS \u001B[0m test/cart/view.test.ts 6 \u001B[32mOK\u001B[0m \u001B[2m402ms\u001B[0m\n',
      '\u001B[32m# { total: 11, pass: 11 }\u001B[0m\n# time=1.1s\n',
    ],
    declined,
  },
  {
    kind: 'plan',
    because: 'All green',
    plan: [
      { step: 'Find where totals are made', status: 'completed' },
      { step: 'Fix the rounding', status: 'completed' },
      { step: 'Run the tests', status: 'completed' },
    ],
  },
  {
    kind: 'say',
    text: `**Done.** The cart counts in cents now.

- \`src/cart/total.ts\`: rounds each price once, then adds whole numbers
- \`test/cart/total.test.ts\`: keeps the bug away

\`\`\`ts
total([{ price: 0.1, count: 3 }]); // 30
\`\`\`

Type \`help\` to see what else I can show.`,
  },
];
