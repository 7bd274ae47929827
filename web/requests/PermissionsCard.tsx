import { plain } from '../thread/text.js';
import type { CardProps } from './card.js';
import { CardFrame } from './CardFrame.js';
import { Choices } from './Choices.js';
import { permissionChoices } from './choices.js';
import { Facts } from './Facts.js';
import { text } from './params.js';
import { permissionLines } from './permissions.js';
import { useAnswer } from './use-answer.js';

/** `item/permissions/requestApproval`: more rights, for a turn or for the session. */
export function PermissionsCard({ thread, request }: CardProps) {
  const { params } = request;
  const answering = useAnswer(thread, request);
  return (
    <CardFrame
      request={request}
      title="Grant these rights?"
      reason={text(params['reason'])}
      error={answering.error}
      actions={<Choices choices={permissionChoices(params)} answering={answering} />}
    >
      <ul class="rights">
        {permissionLines(params['permissions']).map((line, index) => (
          <li key={index}>{plain(line)}</li>
        ))}
      </ul>
      <Facts facts={[['Folder', text(params['cwd'])]]} />
    </CardFrame>
  );
}
