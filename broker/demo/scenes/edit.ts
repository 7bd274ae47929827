import { hunk } from './hunk.js';
import type { Step } from './step.js';

/** A change of files with its diff. */
export const edit: readonly Step[] = [
  {
    kind: 'say',
    text: 'A refund can be sent twice if the button is pressed twice. I will make it idempotent.',
  },
  {
    kind: 'edit',
    changes: [
      {
        path: 'src/orders/refund.ts',
        kind: 'update',
        diff: hunk(
          8,
          ` export async function refund(order: Order, key: string): Promise<Refund> {
-  const refund = await bank.refund(order.payment, order.total);
+  const known = await refunds.byKey(key);
+  if (known !== undefined) return known;
+  const refund = await bank.refund(order.payment, order.total, { idempotencyKey: key });
   await refunds.save(key, refund);
   return refund;
 }
`,
        ),
      },
      {
        path: 'docs/refunds.md',
        kind: 'add',
        diff: `# Refunds

A refund carries a key. The same key twice is the same refund.
`,
      },
    ],
    declined: [{ kind: 'say', text: 'Declined: the files stay as they are.' }],
  },
  {
    kind: 'say',
    text: 'The change is in: `refund` takes a key, and the same key twice is **the same refund**.',
  },
];
