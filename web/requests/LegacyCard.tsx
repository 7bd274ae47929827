import { fileDiffOf } from '../thread/diff.js';
import type { FileDiff } from '../thread/diff.js';
import { FileDiffs } from '../thread/DiffView.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { legacyChoices } from './choices.js';
import { Facts, Verbatim } from './Facts.js';
import type { Params } from './params.js';
import { members, text, texts } from './params.js';
import { useAnswer } from './use-answer.js';

/** `execCommandApproval` and `applyPatchApproval`: how older versions ask. */
export function LegacyCard({ thread, request }: CardProps) {
  const { method, params } = request;
  const answering = useAnswer(thread, request);
  const isPatch = method === 'applyPatchApproval';
  return (
    <CardFrame
      request={request}
      title={isPatch ? 'Change files?' : 'Run this command?'}
      reason={text(params['reason'])}
      error={answering.error}
      actions={<Choices choices={legacyChoices()} answering={answering} />}
    >
      {isPatch ? (
        <FileDiffs place={`request ${request.requestId}`} files={filesOf(params)} outcome="none" isFolded />
      ) : (
        <Verbatim label="Command">{texts(params['command']).join(' ')}</Verbatim>
      )}
      <Facts
        facts={[
          ['Folder', text(params['cwd'])],
          ['And below', text(params['grantRoot'])],
        ]}
      />
    </CardFrame>
  );
}

function filesOf(params: Params): readonly FileDiff[] {
  return Object.entries(members(params['fileChanges'])).map(([path, given]) => {
    const { type, unified_diff: patch, content, move_path: moved } = members(given);
    const kind = {
      type: type === 'add' || type === 'delete' ? type : 'update',
      move_path: text(moved),
    } as const;
    return fileDiffOf({ path, kind, diff: text(patch) ?? text(content) ?? '' });
  });
}
