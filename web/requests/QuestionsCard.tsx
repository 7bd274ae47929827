import { useId, useState } from 'preact/hooks';
import { TypedInput } from '../app/TypedInput.js';
import { label as labelOf, plain } from '../thread/text.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { answersOf, NO_ANSWERS, questionsOf } from './questions.js';
import type { Chosen, Question } from './questions.js';
import { useAnswer } from './use-answer.js';

/** `item/tool/requestUserInput`: questions with options, or to be answered in one’s own words. */
export function QuestionsCard({ thread, request }: CardProps) {
  const answering = useAnswer(thread, request);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Chosen>>(new Map());
  const questions = questionsOf(request.params);
  const result = answersOf(questions, chosen);
  return (
    <CardFrame
      request={request}
      title={questions.length === 1 ? 'The agent asks you' : `The agent asks you ${questions.length} things`}
      reason={null}
      error={answering.error}
      actions={
        <div class="choices">
          <button
            type="button"
            class="button primary"
            disabled={result === null || answering.isBusy}
            onClick={() => result !== null && answering.answer(result)}
          >
            Answer
          </button>
          <button
            type="button"
            class="button mild"
            disabled={answering.isBusy}
            onClick={() => answering.answer(NO_ANSWERS)}
          >
            Go on without an answer
          </button>
        </div>
      }
    >
      {questions.map((question) => (
        <QuestionField
          key={question.id}
          question={question}
          chosen={chosen.get(question.id)}
          isDisabled={request.status !== 'open'}
          onChoose={(choice) => setChosen(new Map(chosen).set(question.id, choice))}
        />
      ))}
    </CardFrame>
  );
}

interface QuestionFieldProps {
  readonly question: Question;
  readonly chosen: Chosen;
  readonly isDisabled: boolean;
  readonly onChoose: (chosen: Chosen) => void;
}

function QuestionField({ question, chosen, isDisabled, onChoose }: QuestionFieldProps) {
  const name = useId();
  const { options, isOther } = question;
  return (
    <fieldset class="question" disabled={isDisabled}>
      <legend>
        <span class="question-header">{labelOf(question.header)}</span> {plain(question.question)}
      </legend>
      {options.map(({ label, description }) => (
        <label key={label} class="option">
          <input
            type="radio"
            name={name}
            checked={chosen !== undefined && 'option' in chosen && chosen.option === label}
            onChange={() => onChoose({ option: label })}
          />
          <span>
            {plain(label)}
            {description !== null && <small>{plain(description)}</small>}
          </span>
        </label>
      ))}
      {(isOther || options.length === 0) && (
        <OwnWords question={question} chosen={chosen} onChoose={onChoose} />
      )}
    </fieldset>
  );
}

function OwnWords({ question, chosen, onChoose }: Omit<QuestionFieldProps, 'isDisabled'>) {
  const label = question.options.length > 0 ? 'In your own words' : 'Your answer';
  return (
    <TypedInput
      type={question.isSecret ? 'password' : 'text'}
      placeholder={label}
      aria-label={`${label}: ${question.header}`}
      value={chosen !== undefined && 'words' in chosen ? chosen.words : ''}
      onInput={(words) => onChoose({ words })}
    />
  );
}
