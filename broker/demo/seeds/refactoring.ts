import { hunk } from '../scenes/hunk.js';
import type { Seed } from './seed.js';

export const refactoring: Seed = {
  name: 'Split the payment module',
  branch: 'refactor/payment',
  ageMinutes: 95,
  turns: [
    {
      user: 'src/payment.ts has 900 lines. Suggest how to split it, without changing what it does.',
      steps: [
        {
          kind: 'think',
          parts: [
            '**Looking for seams**\n\nWho calls what? The functions fall into three groups that hardly touch each other.',
            '**Checking the order**\n\nThe types must move first, or the groups import each other in a circle.',
          ],
        },
        {
          kind: 'run',
          script: 'rg -n "^export" src/payment.ts',
          actions: [
            {
              type: 'search',
              command: 'rg -n ^export src/payment.ts',
              query: '^export',
              path: 'src/payment.ts',
            },
          ],
          output: [
            '12:export interface Payment {\n',
            '88:export function authorize(payment: Payment): Promise<Grant> {\n',
            '301:export function capture(grant: Grant): Promise<Receipt> {\n',
            '547:export function refund(receipt: Receipt): Promise<Refund> {\n',
          ],
        },
        {
          kind: 'say',
          text: `Three files and their types:

| file | holds | lines |
|---|---|---|
| \`payment/types.ts\` | \`Payment\`, \`Grant\`, \`Receipt\` | 70 |
| \`payment/authorize.ts\` | cards, limits, 3-D Secure | 210 |
| \`payment/capture.ts\` | capture and retries | 240 |
| \`payment/refund.ts\` | refunds, whole and in part | 260 |

\`payment.ts\` stays as a list of exports, so **no caller changes**.`,
        },
      ],
    },
    {
      user: 'Do the types first.',
      steps: [
        {
          kind: 'edit',
          declined: [],
          changes: [
            {
              path: 'src/payment/types.ts',
              kind: 'add',
              diff: 'export interface Payment {\n  readonly order: string;\n  readonly cents: number;\n}\n',
            },
            {
              path: 'src/payment.ts',
              kind: 'update',
              diff: hunk(
                10,
                `-/** What is to be paid. */
-export interface Payment {
-  readonly order: string;
-  readonly cents: number;
-}
+export type { Payment } from './payment/types.js';
`,
              ),
            },
          ],
        },
        {
          kind: 'run',
          script: 'npx tsc --noEmit',
          output: [],
        },
        {
          kind: 'say',
          text: 'The types have moved and everything still compiles. Next would be `refund.ts`.',
        },
      ],
    },
  ],
};
