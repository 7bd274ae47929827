import type { CommandAction } from '../items.js';

export interface PlanStep {
  readonly step: string;
  readonly status: 'pending' | 'inProgress' | 'completed';
}

export interface Change {
  /** Below the thread's folder. */
  readonly path: string;
  readonly kind: 'add' | 'update';
  /** The new file, or the hunks of the change. */
  readonly diff: string;
}

interface Question {
  readonly id: string;
  readonly header: string;
  readonly question: string;
  readonly options: readonly { readonly label: string; readonly description: string }[];
}

export interface SubAgent {
  readonly nickname: string;
  readonly prompt: string;
  readonly steps: readonly Step[];
}

/**
 * One thing that the agent does. A scene is a list of them, plain data. In texts `{input}` stands for what the
 * user typed, `{ID}` for the answer to the question with that id.
 */
export type Step =
  /** Says something in markdown, word by word. */
  | { readonly kind: 'say'; readonly text: string }
  /** Thinks; each part is one of the summary. */
  | { readonly kind: 'think'; readonly parts: readonly string[] }
  | { readonly kind: 'plan'; readonly because: string; readonly plan: readonly PlanStep[] }
  /** Shows a command and its output; nothing is run. With a reason it asks for approval first. */
  | {
      readonly kind: 'run';
      readonly script: string;
      readonly actions?: readonly CommandAction[];
      readonly reason?: string;
      readonly output: readonly string[];
      readonly exitCode?: number;
      /** Played instead of the rest if it is declined. */
      readonly declined?: readonly Step[];
    }
  /** Shows a change of files and asks for approval; nothing is written. */
  | { readonly kind: 'edit'; readonly changes: readonly Change[]; readonly declined: readonly Step[] }
  | { readonly kind: 'ask'; readonly questions: readonly Question[] }
  /** Starts sub-agents side by side and waits for all of them. */
  | { readonly kind: 'delegate'; readonly agents: readonly SubAgent[] }
  /** Trouble that app-server would get over by itself. */
  | { readonly kind: 'trouble'; readonly message: string; readonly details: string }
  /** The end of the turn. */
  | { readonly kind: 'fail'; readonly message: string; readonly info: string }
  /** Streams text in this many deltas: load. */
  | { readonly kind: 'stream'; readonly events: number }
  /** Does nothing for the time of so many events. */
  | { readonly kind: 'pause'; readonly events: number }
  | { readonly kind: 'compact' }
  /** A command that the user typed. */
  | { readonly kind: 'shell'; readonly script: string }
  | { readonly kind: 'reviewMode'; readonly entered: boolean };

export type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;
