import type { JSX } from 'preact';
import { Card } from './Card.js';
import type { PlanRow } from './rows.js';
import { label, listOf, plain, textOf } from './text.js';

const SAID = { pending: 'to do', inProgress: 'in progress', completed: 'done' } as const;

/** The steps of the plan, and how each stands. */
export function PlanSteps({ row }: { row: PlanRow }): JSX.Element {
  const steps = listOf(row.plan.steps);
  const done = steps.filter(({ status }) => status === 'completed').length;
  const explanation = textOf(row.plan.explanation);
  return (
    <Card
      place={row.key}
      glyph="plan"
      title="Plan"
      note={`${done} of ${steps.length}`}
      isOpenAtFirst
      inside={() => (
        <>
          {explanation !== '' && <p class="soft">{plain(explanation)}</p>}
          <ol class="steps">
            {steps.map(({ step, status }, index) => (
              <li key={index} class={`step step-${Object.hasOwn(SAID, status) ? status : 'pending'}`}>
                <span class="step-mark" aria-hidden="true" />
                <span>
                  {label(step)}
                  <span class="visually-hidden">
                    , {Object.hasOwn(SAID, status) ? SAID[status] : label(status)}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    />
  );
}
