import { KEY_WORDS } from '../state/keys.js';
import { Dialog } from './Dialog.js';

/** Which keys there are. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEY_WORDS.map(([keys, does]) => (
          <div key={does}>
            <dt>{keys.split(' ').map((key) => (key === 'or' ? ' or ' : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
