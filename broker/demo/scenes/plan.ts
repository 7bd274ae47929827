import type { PlanStep, Step } from './step.js';

const STEPS = [
  'Read the old importer',
  'Write the new one beside it',
  'Compare both on last month',
  'Remove the old one',
];

/** The plan when so many steps are done. */
function planAfter(done: number): readonly PlanStep[] {
  return STEPS.map((step, index) => {
    if (index < done) return { step, status: 'completed' };
    return { step, status: index === done ? 'inProgress' : 'pending' };
  });
}

/** A plan that is ticked off. */
export const plan: readonly Step[] = [
  { kind: 'say', text: 'Replacing the importer takes four steps; here is the plan.' },
  ...STEPS.flatMap((step, done): Step[] => [
    { kind: 'plan', because: `Now: ${step.toLowerCase()}`, plan: planAfter(done) },
    { kind: 'pause', events: 30 },
  ]),
  { kind: 'plan', because: 'Everything is done', plan: planAfter(STEPS.length) },
  { kind: 'say', text: 'All four steps are done, and both importers agreed on **every** row of last month.' },
];
