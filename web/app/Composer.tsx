import { useLayoutEffect, useRef } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { ThreadState } from '../../client/types.js';
import { useSelected } from '../state/observe.js';
import { ComposerActions } from './ComposerActions.js';
import { Thumbnails } from './Images.js';
import { Problem } from './Problem.js';
import { useMessage } from './use-message.js';
import { useTask } from './use-task.js';

/** Whether a turn runs. */
function isRunning({ turns }: ThreadState): boolean {
  return turns.some(({ status }) => status === 'inProgress');
}

/** What stops a turn: Esc, or Ctrl or Cmd and a full stop. */
function isStop({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key === 'Escape' || (key === '.' && (ctrlKey || metaKey));
}

/** Where one writes: to begin a turn, or to join the one that runs. */
export function Composer({ thread }: { readonly thread: WatchedThread }) {
  const running = useSelected(thread, isRunning);
  const message = useMessage(thread);
  const stopping = useTask();
  const box = useRef<HTMLTextAreaElement>(null);
  // As high as its text, up to what the style allows.
  useLayoutEffect(() => {
    if (box.current === null) return;
    box.current.style.height = 'auto';
    box.current.style.height = `${box.current.scrollHeight}px`;
  }, [message.text]);
  const send = (event: Event): void => {
    event.preventDefault();
    message.send();
    box.current?.focus();
  };
  const stop = (): void => stopping.run(async () => await thread.interrupt());
  const pressed = (event: KeyboardEvent): void => {
    // The Enter that ends a word of an input method is not meant for the message.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) return send(event);
    if (running && isStop(event)) stop();
    else if (event.key === 'Escape') box.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <form
      class="composer"
      onSubmit={send}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => message.images.take(event, event.dataTransfer)}
    >
      <Thumbnails images={message.images} />
      <textarea
        ref={box}
        id="composer"
        rows={1}
        aria-label={running ? 'Add to the running turn' : 'Message'}
        placeholder={running ? 'Add to the running turn…' : 'Ask for anything…'}
        enterkeyhint="send"
        value={message.text}
        onInput={(event) => message.setText(event.currentTarget.value)}
        onKeyDown={pressed}
        onPaste={(event) => message.images.take(event, event.clipboardData)}
      />
      <Problem text={message.problem ?? stopping.error} />
      <ComposerActions
        images={message.images}
        running={running}
        isStopping={stopping.isBusy}
        canSend={message.canSend}
        onStop={stop}
      />
    </form>
  );
}
