import { useId, useState } from 'preact/hooks';
import { TypedInput } from '../app/TypedInput.js';
import { label, plain } from '../thread/text.js';
import { elicitationChoices } from './choices.js';
import { complaintOf, contentOf } from './form.js';
import type { Field, Value } from './form.js';
import type { Answering } from './use-answer.js';

interface FormProps {
  readonly fields: readonly Field[];
  readonly answering: Answering;
}

/** The form of an elicitation, and the ways out of it. */
export function ElicitationForm({ fields, answering }: FormProps) {
  const [values, setValues] = useState<ReadonlyMap<string, Value>>(new Map());
  const [isTried, setTried] = useState(false);
  const valueOf = (field: Field): Value => values.get(field.name) ?? field.preset;
  const submit = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (fields.some((field) => complaintOf(field, valueOf(field)) !== null)) return;
    answering.answer({ action: 'accept', content: contentOf(fields, values), _meta: null });
  };
  const [, ...refusals] = elicitationChoices('');
  return (
    <form class="form" noValidate onSubmit={submit}>
      {fields.map((field) => (
        <FormField
          key={field.name}
          field={field}
          value={valueOf(field)}
          complaint={isTried ? complaintOf(field, valueOf(field)) : null}
          onChange={(value) => setValues(new Map(values).set(field.name, value))}
        />
      ))}
      <div class="choices">
        <button class="button primary" disabled={answering.isBusy}>
          Send
        </button>
        {refusals.map((refusal) => (
          <button
            key={refusal.id}
            type="button"
            class="button mild"
            data-choice={refusal.id}
            disabled={answering.isBusy}
            onClick={() => answering.answer(refusal.result)}
          >
            {refusal.label}
          </button>
        ))}
      </div>
    </form>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: Value;
  readonly complaint: string | null;
  readonly onChange: (value: Value) => void;
}

function FormField(props: FieldProps) {
  const { field, complaint } = props;
  const id = useId();
  const described = `${id}-described`;
  return (
    <div class="field">
      {field.kind !== 'boolean' && field.kind !== 'many' && (
        <label for={id}>
          {label(field.title)}
          {field.isRequired && <span aria-hidden="true"> *</span>}
        </label>
      )}
      <FieldInput {...props} id={id} described={described} />
      <div id={described}>
        {field.description !== null && <small>{plain(field.description)}</small>}
        {complaint !== null && (
          <p class="request-error" role="alert">
            {complaint}
          </p>
        )}
      </div>
    </div>
  );
}

interface InputProps extends FieldProps {
  readonly id: string;
  readonly described: string;
}

function FieldInput(props: InputProps) {
  const { field, value, onChange, id, described, complaint } = props;
  const shared = {
    id,
    required: field.isRequired,
    'aria-describedby': described,
    'aria-invalid': complaint !== null,
  };
  switch (field.kind) {
    case 'boolean':
      return (
        <label class="option">
          <input
            {...shared}
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
          <span>{label(field.title)}</span>
        </label>
      );
    case 'one':
      return (
        <select
          {...shared}
          class="input"
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          <option value="">{field.isRequired ? 'Choose…' : 'Nothing'}</option>
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {label(option.title)}
            </option>
          ))}
        </select>
      );
    case 'many':
      return <Many {...props} />;
    case 'text':
    case 'number':
    case 'integer':
      return (
        <TypedInput
          {...shared}
          type={field.kind === 'text' ? field.inputType : 'number'}
          step={field.kind === 'integer' ? 1 : 'any'}
          value={String(value)}
          onInput={onChange}
        />
      );
  }
}

function Many({ field, value, onChange, described }: InputProps) {
  const chosen = Array.isArray(value) ? value : [];
  const toggle = (one: string): readonly string[] =>
    chosen.includes(one) ? chosen.filter((each) => each !== one) : [...chosen, one];
  return (
    <fieldset class="question" aria-describedby={described}>
      <legend>{label(field.title)}</legend>
      {field.options.map((option) => (
        <label key={option.value} class="option">
          <input
            type="checkbox"
            checked={chosen.includes(option.value)}
            onChange={() => onChange(toggle(option.value))}
          />
          <span>{label(option.title)}</span>
        </label>
      ))}
    </fieldset>
  );
}
