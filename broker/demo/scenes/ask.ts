import type { Step } from './step.js';

/** A question to the user, and an answer that depends on it. */
export const ask: readonly Step[] = [
  { kind: 'say', text: 'Two decisions are yours before I go on.' },
  {
    kind: 'ask',
    questions: [
      {
        id: 'database',
        header: 'Database',
        question: 'Where should the orders be stored?',
        options: [
          { label: 'SQLite (Recommended)', description: 'One file, nothing to run beside the shop' },
          { label: 'PostgreSQL', description: 'A server of its own, for several shops at once' },
        ],
      },
      {
        id: 'tone',
        header: 'Tone',
        question: 'How should the shop speak to its customers?',
        options: [
          { label: 'Plain (Recommended)', description: 'Short sentences, no exclamation marks' },
          { label: 'Cheerful', description: 'With exclamation marks' },
        ],
      },
    ],
  },
  {
    kind: 'say',
    text: 'Understood: orders go to **{database}**, and the tone is **{tone}**. That is all I needed to know.',
  },
];
