import { textOf, type UserInput } from '../items.js';
import { TURN_EVENTS_MAX } from '../limits.js';
import { agent } from './agent.js';
import { ask } from './ask.js';
import { command } from './command.js';
import { edit } from './edit.js';
import { fail } from './fail.js';
import { help } from './help.js';
import { plan } from './plan.js';
import type { Step } from './step.js';
import { think } from './think.js';
import { tour } from './tour.js';

/** The words that choose a scene. The first word of a message that is one of them decides. */
const SCENES: readonly (readonly [words: readonly string[], scene: readonly Step[]])[] = [
  [['help'], help],
  [['run', 'approve', 'test', 'tests'], command],
  [['edit', 'diff', 'fix', 'patch'], edit],
  [['ask', 'question', 'questions'], ask],
  [['plan', 'todo'], plan],
  [['agent', 'agents', 'delegate'], agent],
  [['think', 'reason'], think],
  [['fail', 'error', 'crash'], fail],
];
const byWord = new Map(SCENES.flatMap(([words, scene]) => words.map((word) => [word, scene] as const)));

const LONG_EVENTS = 200;
const SHOWN_INPUT_CHARS_MAX = 120;

export interface ChosenScene {
  readonly steps: readonly Step[];
  /** What stands for `{name}` in its texts. */
  readonly words: readonly (readonly [name: string, text: string])[];
}

/**
 * The scene for what the user typed.
 * @param outputSchema Given when a program asks, for a title say, and wants JSON.
 * @param turnEvents Given in load mode: every turn streams so many deltas.
 */
export function chooseScene(
  content: readonly UserInput[],
  outputSchema: unknown,
  turnEvents: number | null,
): ChosenScene {
  const text = textOf(content);
  const words = [['input', shortened(text)]] as const;
  if (turnEvents !== null) return { steps: [{ kind: 'stream', events: turnEvents }], words };
  if (outputSchema !== null) return { steps: [{ kind: 'say', text: titleFor(text) }], words };
  return { steps: sceneFor(text), words };
}

function sceneFor(text: string): readonly Step[] {
  const long = /\blong(?:\s+(\d+))?\b/i.exec(text);
  if (long !== null) {
    const events = Math.min(Number(long[1] ?? LONG_EVENTS), TURN_EVENTS_MAX);
    return [{ kind: 'stream', events }];
  }
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const scene = byWord.get(word);
    if (scene !== undefined) return scene;
  }
  return tour;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SHOWN_INPUT_CHARS_MAX ? `${line.slice(0, SHOWN_INPUT_CHARS_MAX)}…` : line || 'nothing';
}

/** Clients ask the agent for the title of a thread, as JSON; the last line of their prompt is what the user wrote. */
function titleFor(prompt: string): string {
  const line = prompt.trimEnd().split('\n').at(-1) ?? '';
  const title = line.slice(0, TITLE_CHARS_MAX).trim() || 'Untitled';
  return JSON.stringify({ title });
}
const TITLE_CHARS_MAX = 36;
