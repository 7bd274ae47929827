interface TypedInputProps {
  readonly type: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly id?: string;
  readonly step?: number | 'any';
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly 'aria-label'?: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: boolean;
}

/** A field whose type is known only when it is shown. */
export function TypedInput({ type, onInput, ...rest }: TypedInputProps) {
  const shared = {
    ...rest,
    class: 'input',
    autocomplete: 'off' as const,
    onInput: (event: { readonly currentTarget: HTMLInputElement }): void =>
      onInput(event.currentTarget.value),
  };
  switch (type) {
    case 'number':
      return <input {...shared} type="number" />;
    case 'email':
      return <input {...shared} type="email" />;
    case 'url':
      return <input {...shared} type="url" />;
    case 'date':
      return <input {...shared} type="date" />;
    case 'datetime-local':
      return <input {...shared} type="datetime-local" />;
    case 'password':
      return <input {...shared} type="password" />;
    default:
      return <input {...shared} type="text" />;
  }
}
