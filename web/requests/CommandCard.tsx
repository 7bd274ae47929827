import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { commandChoices } from './choices.js';
import { Facts, Verbatim } from './Facts.js';
import { entryOf, members, text } from './params.js';
import { permissionLines } from './permissions.js';
import { useAnswer } from './use-answer.js';

/** `item/commandExecution/requestApproval`: a command, input for one that runs, or the network. */
export function CommandCard({ thread, request }: CardProps) {
  const { params } = request;
  const answering = useAnswer(thread, request);
  const command = text(params['command']);
  const network = members(params['networkApprovalContext']);
  const host = text(network['host']);
  const permissions = permissionLines(params['additionalPermissions']);
  return (
    <CardFrame
      request={request}
      title={host === null ? titleOf(params['kind']) : `Reach ${host}?`}
      reason={text(params['reason'])}
      error={answering.error}
      actions={<Choices choices={commandChoices(params)} answering={answering} />}
    >
      {command !== null && <Verbatim label="Command">{command}</Verbatim>}
      <Facts
        facts={[
          ['Folder', text(params['cwd'])],
          ['Network', host === null ? null : `${text(network['protocol']) ?? 'connection'} to ${host}`],
          ['Also wants to', permissions.length === 0 ? null : permissions.join(', ')],
        ]}
      />
    </CardFrame>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  humanCommand: 'Run this command of yours?',
  writeStdin: 'Type this into a running command?',
};

function titleOf(kind: unknown): string {
  return entryOf(TITLES, kind) ?? 'Run this command?';
}
