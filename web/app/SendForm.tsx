import { useRef, useState } from 'preact/hooks';
import { newId } from '../state/ids.js';
import { useWorkplace } from './context.js';
import { Problem } from './Problem.js';
import { useTask } from './use-task.js';

interface SendFormProps {
  readonly attachmentId: string;
  readonly from: 'parent' | 'child';
  readonly to: string;
  readonly onDone: () => void;
}

/** Writes to an attached thread. */
export function SendForm({ attachmentId, from, to, onDone }: SendFormProps) {
  const { client } = useWorkplace();
  const [text, setText] = useState('');
  // The same for every try: it is sent once.
  const clientUserMessageId = useRef(newId());
  const task = useTask();
  const send = (event: Event): void => {
    event.preventDefault();
    task.run(async () => {
      const input = [{ type: 'text', text, text_elements: [] }] as const;
      const id = clientUserMessageId.current;
      await client.call('broker/attachment/send', { attachmentId, from, input, clientUserMessageId: id });
      onDone();
    });
  };
  return (
    <form class="form" onSubmit={send}>
      <textarea
        class="input"
        rows={3}
        autofocus
        aria-label={`Message to ${to}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button class="button primary" disabled={text.trim() === '' || task.isBusy}>
        Send to {to}
      </button>
      <Problem text={task.error} />
    </form>
  );
}
