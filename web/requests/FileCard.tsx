import { isItem } from '../../client/runtime-types.js';
import type { FileChange } from '../../client/runtime-types.js';
import type { ThreadState } from '../../client/types.js';
import { useSelected } from '../state/observe.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { fileChoices } from './choices.js';
import { Diff, Facts } from './Facts.js';
import { text } from './params.js';
import { useAnswer } from './use-answer.js';

const NONE: readonly FileChange[] = [];
const VERBS = { add: 'New', delete: 'Delete', update: 'Change' } as const;

/** `item/fileChange/requestApproval`: the files are those of the item that it is about. */
export function FileCard({ thread, request, connectionId }: CardProps) {
  const { params } = request;
  const answering = useAnswer(thread, request);
  const changes = useSelected(thread, (state) => changesOf(state, text(params['itemId'])));
  const count = changes.length === 1 ? 'this file' : `these ${changes.length} files`;
  return (
    <CardFrame
      request={request}
      title={changes.length === 0 ? 'Change files?' : `Change ${count}?`}
      reason={text(params['reason'])}
      connectionId={connectionId}
      error={answering.error}
      actions={<Choices choices={fileChoices(params)} answering={answering} />}
    >
      {changes.map(({ path, kind, diff }) => (
        <details key={path} class="change" open={changes.length === 1}>
          <summary>
            <span class="change-verb">{VERBS[kind.type] ?? 'Change'}</span> {path}
          </summary>
          <Diff label={`Diff of ${path}`}>{diff}</Diff>
        </details>
      ))}
      <Facts facts={[['And below', text(params['grantRoot'])]]} />
    </CardFrame>
  );
}

function changesOf({ turns }: ThreadState, itemId: string | null): readonly FileChange[] {
  for (const turn of turns.toReversed()) {
    const found = turn.items.find(({ id }) => id === itemId);
    if (found !== undefined && isItem(found.item, 'fileChange')) return found.item.changes;
  }
  return NONE;
}
