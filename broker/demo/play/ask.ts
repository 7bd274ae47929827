import { membersOf } from '../json.js';
import type { StepOf } from '../scenes/step.js';
import type { Turn } from '../turn.js';

/** Asks the user. What is answered can be used in the texts that follow. */
export async function ask(turn: Turn, { questions }: StepOf<'ask'>): Promise<void> {
  turn.setStatus('waitingOnUserInput');
  const answer = await turn.ask('item/tool/requestUserInput', {
    ...turn.where,
    itemId: turn.ids.item('call'),
    questions: questions.map(({ id, header, question, options }) => {
      return { id, header, question, isOther: true, isSecret: false, options };
    }),
    isBlocking: false,
    autoResolutionMs: null,
  });
  turn.setStatus();
  const answers = membersOf(answer?.['answers']);
  for (const { id } of questions) turn.words.set(id, answerText(membersOf(answers[id])['answers']));
  turn.usage();
}

function answerText(answers: unknown): string {
  const texts = Array.isArray(answers) ? answers.filter((text) => typeof text === 'string') : [];
  return texts.join(', ') || 'nothing';
}
