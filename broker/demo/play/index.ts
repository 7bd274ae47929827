import { reason } from '../errors.js';
import type { TurnError } from '../history.js';
import { joined } from '../scenes/joined.js';
import type { Step, StepOf } from '../scenes/step.js';
import { type Message, Stopped, type Turn } from '../turn.js';
import { ask } from './ask.js';
import { run } from './command.js';
import { delegate } from './delegate.js';
import { edit } from './edit.js';
import { shell } from './shell.js';
import { say, stream, think } from './text.js';

/** Plays a turn from its beginning to its end. Never rejects. */
export type RunTurn = (turn: Turn, message: Message | null, steps: readonly Step[]) => Promise<void>;

/** Ends the scene, and the turn as failed. */
class Failed extends Error {
  override readonly name = 'Failed';

  constructor(readonly error: TurnError) {
    super(error.message);
  }
}

export const runTurn: RunTurn = async (turn, message, steps) => {
  try {
    turn.begin();
    if (message !== null) turn.message(message);
    await turn.beat();
    await play(turn, steps);
    while (turn.takeJoined()) await play(turn, joined);
    turn.end('completed');
  } catch (error) {
    if (error instanceof Stopped) return;
    if (!(error instanceof Failed)) turn.demo.log(`a scene broke off: ${reason(error)}`);
    turn.end('failed', error instanceof Failed ? error.error : turnError(reason(error), 'other'));
  }
};

async function play(turn: Turn, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const instead = await perform(turn, step);
    if (instead) return play(turn, instead);
  }
}

/** @returns what to play instead of the rest of the scene, if anything. */
async function perform(turn: Turn, step: Step): Promise<readonly Step[] | void> {
  switch (step.kind) {
    case 'run':
      return run(turn, step);
    case 'edit':
      return edit(turn, step);
    case 'say':
      return say(turn, step);
    case 'think':
      return think(turn, step);
    case 'stream':
      return stream(turn, step);
    case 'ask':
      return ask(turn, step);
    case 'delegate':
      return delegate(turn, step, runTurn);
    case 'plan':
      return plan(turn, step);
    case 'pause':
      return turn.beat(step.events);
    case 'compact':
      return compact(turn);
    case 'shell':
      return shell(turn, step);
    case 'reviewMode':
      return reviewMode(turn, step);
    case 'trouble':
      return trouble(turn, step);
    case 'fail':
      return fail(turn, step);
  }
}

function plan(turn: Turn, step: StepOf<'plan'>): void {
  turn.tell('turn/plan/updated', { ...turn.where, explanation: step.because, plan: step.plan });
  turn.usage();
}

async function compact(turn: Turn): Promise<void> {
  const body = { type: 'contextCompaction', id: turn.ids.uuid() } as const;
  const startedAtMs = turn.start(body);
  await turn.beat(COMPACT_EVENTS);
  turn.usage();
  turn.complete(body, startedAtMs);
}

function reviewMode(turn: Turn, { entered }: StepOf<'reviewMode'>): void {
  const type = entered ? 'enteredReviewMode' : 'exitedReviewMode';
  const review = entered ? (turn.words.get('input') ?? '') : (turn.lastText ?? '');
  const body = { type, id: turn.ids.uuid(), review } as const;
  turn.complete(body, turn.start(body));
}

function trouble(turn: Turn, { message, details }: StepOf<'trouble'>): void {
  const error = turnError(message, { responseStreamDisconnected: { httpStatusCode: null } }, details);
  turn.tell('error', { error, willRetry: true, ...turn.where });
}

function fail(turn: Turn, { message, info }: StepOf<'fail'>): never {
  const error = turnError(message, info);
  turn.demo.setStatus(turn.thread, { type: 'systemError' });
  turn.tell('error', { error, willRetry: false, ...turn.where });
  throw new Failed(error);
}

function turnError(message: string, codexErrorInfo: unknown, details: string | null = null): TurnError {
  return { message, codexErrorInfo, additionalDetails: details, misalignment: null };
}

const COMPACT_EVENTS = 30;
