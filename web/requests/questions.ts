import type { Params } from './params.js';
import { list, members, text } from './params.js';

export interface Question {
  readonly id: string;
  readonly header: string;
  readonly question: string;
  /** None: it is answered in one’s own words. */
  readonly options: readonly { readonly label: string; readonly description: string | null }[];
  /** Whether one’s own words will do, too. */
  readonly isOther: boolean;
  readonly isSecret: boolean;
}

/** What `item/tool/requestUserInput` asks. */
export function questionsOf({ questions }: Params): readonly Question[] {
  return list(questions).map((each, index) => {
    const { id, header, question, options, isOther, isSecret } = members(each);
    return {
      id: text(id) ?? String(index),
      header: text(header) ?? `Question ${index + 1}`,
      question: text(question) ?? '',
      options: list(options).flatMap((option) => {
        const { label, description } = members(option);
        const words = text(label);
        return words === null ? [] : [{ label: words, description: text(description) }];
      }),
      isOther: isOther === true,
      isSecret: isSecret === true,
    };
  });
}

/** What was chosen of one question: an option, or one’s own words, or nothing yet. */
export type Chosen = { readonly option: string } | { readonly words: string } | undefined;

/** The answer to a question; null while there is none. */
function answerOf(chosen: Chosen): string | null {
  if (chosen === undefined) return null;
  const words = 'option' in chosen ? chosen.option : chosen.words.trim();
  return words === '' ? null : words;
}

/** The result of the request; null while a question is not answered. */
export function answersOf(
  questions: readonly Question[],
  chosen: ReadonlyMap<string, Chosen>,
): { readonly answers: Readonly<Record<string, { readonly answers: readonly string[] }>> } | null {
  const answers = questions.map(({ id }) => [id, answerOf(chosen.get(id))] as const);
  if (answers.some(([, answer]) => answer === null)) return null;
  return { answers: Object.fromEntries(answers.map(([id, answer]) => [id, { answers: [answer ?? ''] }])) };
}

/** Goes on without an answer. */
export const NO_ANSWERS = { answers: {} };
