import { useMemo } from 'preact/hooks';
import { isItem } from '../../client/runtime-types.js';
import type { FileChange } from '../../client/runtime-types.js';
import type { ThreadState } from '../../client/types.js';
import { useSelected } from '../state/observe.js';
import { fileDiffOf } from '../thread/diff.js';
import { FileDiffs } from '../thread/DiffView.js';
import { FolderContext } from '../thread/items/item.js';
import { listOf, textOf } from '../thread/text.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { fileChoices } from './choices.js';
import { Facts } from './Facts.js';
import { text } from './params.js';
import { useAnswer } from './use-answer.js';

const NONE: readonly FileChange[] = [];

/** `item/fileChange/requestApproval`: the files are those of the item that it is about. */
export function FileCard({ thread, request }: CardProps) {
  const { params } = request;
  const answering = useAnswer(thread, request);
  const changes = useSelected(thread, (state) => changesOf(state, text(params['itemId'])));
  const folder = useSelected(thread, (state) => textOf(state.thread?.cwd));
  const files = useMemo(() => changes.map(fileDiffOf), [changes]);
  const count = changes.length === 1 ? 'this file' : `these ${changes.length} files`;
  return (
    <CardFrame
      request={request}
      title={changes.length === 0 ? 'Change files?' : `Change ${count}?`}
      reason={text(params['reason'])}
      error={answering.error}
      actions={<Choices choices={fileChoices(params)} answering={answering} />}
    >
      <FolderContext.Provider value={folder}>
        <FileDiffs
          place={`request ${request.requestId}`}
          files={files}
          outcome="none"
          isFolded={files.length > 1}
        />
      </FolderContext.Provider>
      <Facts facts={[['And below', text(params['grantRoot'])]]} />
    </CardFrame>
  );
}

function changesOf({ turns }: ThreadState, itemId: string | null): readonly FileChange[] {
  for (const turn of turns.toReversed()) {
    const found = turn.items.find(({ id }) => id === itemId);
    if (found !== undefined && isItem(found.item, 'fileChange')) return listOf(found.item.changes);
  }
  return NONE;
}
