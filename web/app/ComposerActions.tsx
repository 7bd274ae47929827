import type { Images } from './Images.js';
import { ImageIcon, SendIcon, StopIcon } from './icons.js';

interface ComposerActionsProps {
  readonly images: Images;
  /** Whether a turn runs. */
  readonly running: boolean;
  readonly isStopping: boolean;
  readonly canSend: boolean;
  readonly onStop: () => void;
}

/** What can be done beside writing: images, stop, send. */
export function ComposerActions({ images, running, isStopping, canSend, onStop }: ComposerActionsProps) {
  return (
    <div class="composer-actions">
      <label class="icon-button" title="Add images">
        <ImageIcon />
        <input
          class="visually-hidden"
          type="file"
          accept="image/*"
          multiple
          aria-label="Add images"
          onChange={(event) => {
            images.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
      </label>
      {running && (
        <button
          type="button"
          class="button stop"
          disabled={isStopping}
          title="Stop the turn (Esc)"
          onClick={onStop}
        >
          <StopIcon /> Stop
        </button>
      )}
      <button
        class="button primary send"
        disabled={!canSend}
        aria-label={running ? 'Add to the running turn' : 'Send'}
      >
        <SendIcon />
        {running ? (
          <span>
            Add<span class="optional"> to the running turn</span>
          </span>
        ) : (
          'Send'
        )}
      </button>
    </div>
  );
}
