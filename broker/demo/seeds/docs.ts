import type { Seed } from './seed.js';

export const docs: Seed = {
  name: 'Write the webhook guide',
  branch: 'docs/webhooks',
  ageMinutes: 26 * 60,
  turns: [
    {
      user: 'Our users ask how to verify webhook signatures. Write a short guide.',
      steps: [
        {
          kind: 'run',
          script: 'cat src/webhooks/sign.ts',
          actions: [
            {
              type: 'read',
              command: 'cat src/webhooks/sign.ts',
              name: 'sign.ts',
              path: 'src/webhooks/sign.ts',
            },
          ],
          output: [
            "export const sign = (body: Buffer, key: string) => hmac('sha256', key).update(body).digest('hex');\n",
          ],
        },
        {
          kind: 'edit',
          declined: [],
          changes: [
            {
              path: 'docs/webhooks.md',
              kind: 'add',
              diff: `# Webhooks

Every request carries \`x-shop-signature\`: the HMAC-SHA-256 of the raw body under your secret, in hex.

1. Take the body **before** any parser touches it.
2. Compute the HMAC with your secret.
3. Compare in constant time.
`,
            },
          ],
        },
        {
          kind: 'say',
          text: `The guide is in \`docs/webhooks.md\`. The step people get wrong is the first:

> Take the body *before* any parser touches it. JSON that was parsed and printed again has another signature.`,
        },
      ],
    },
  ],
};
