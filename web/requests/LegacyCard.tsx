import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { legacyChoices } from './choices.js';
import { Diff, Facts, Verbatim } from './Facts.js';
import type { Params } from './params.js';
import { members, text, texts } from './params.js';
import { useAnswer } from './use-answer.js';

/** `execCommandApproval` and `applyPatchApproval`: how older versions ask. */
export function LegacyCard({ thread, request, connectionId }: CardProps) {
  const { method, params } = request;
  const answering = useAnswer(thread, request);
  const isPatch = method === 'applyPatchApproval';
  return (
    <CardFrame
      request={request}
      title={isPatch ? 'Change files?' : 'Run this command?'}
      reason={text(params['reason'])}
      connectionId={connectionId}
      error={answering.error}
      actions={<Choices choices={legacyChoices()} answering={answering} />}
    >
      {isPatch ? (
        Object.entries(members(params['fileChanges'])).map(([path, change]) => (
          <details key={path} class="change">
            <summary>{path}</summary>
            <Diff label={`Diff of ${path}`}>{diffOf(members(change))}</Diff>
          </details>
        ))
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

function diffOf(change: Params): string {
  return text(change['unified_diff']) ?? text(change['content']) ?? '';
}
