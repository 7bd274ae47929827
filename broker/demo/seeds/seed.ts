import type { StepOf } from '../scenes/step.js';

/** Steps whose outcome can be told without playing them. */
export type PastStep = StepOf<'say'> | StepOf<'think'> | StepOf<'run'> | StepOf<'edit'>;

/** A thread that is there from the first start: its turns are over. */
export interface Seed {
  readonly name: string;
  readonly branch: string;
  /** How long before the first start it was last worked on. */
  readonly ageMinutes: number;
  readonly archived?: boolean;
  readonly turns: readonly { readonly user: string; readonly steps: readonly PastStep[] }[];
}
