import { ACCEPTED_COMMANDS_MAX } from '../limits.js';
import type { Thread } from '../thread.js';
import type { Turn } from '../turn.js';

export type Verdict = 'accepted' | 'declined' | 'cancelled' | 'failed';

const VERDICTS: Readonly<Record<string, Verdict>> = {
  accept: 'accepted',
  acceptForSession: 'accepted',
  acceptWithExecpolicyAmendment: 'accepted',
  decline: 'declined',
  cancel: 'cancelled',
};

/** Whether a thread lets `what` happen without asking: by its policy, or because it was accepted for the session. */
export function isAllowed({ meta, accepted }: Thread, what: string): boolean {
  return meta.settings.approvalPolicy === 'never' || accepted.has(what);
}

/**
 * Asks for approval of `what`, and remembers it if it is given for the session. An error, or an answer that is
 * none, is `failed`, as in app-server.
 */
export async function askApproval(
  turn: Turn,
  method: string,
  params: object,
  what: string,
): Promise<Verdict> {
  const answer = await turn.ask(method, params);
  const decision = decisionOf(answer?.['decision']);
  const { accepted } = turn.thread;
  const lasting = decision !== 'accept' && VERDICTS[decision] === 'accepted';
  if (lasting && accepted.size < ACCEPTED_COMMANDS_MAX) accepted.add(what);
  return VERDICTS[decision] ?? 'failed';
}

/** A decision is a word, or an object with the word as its only member. */
function decisionOf(decision: unknown): string {
  if (typeof decision === 'string') return decision;
  return typeof decision === 'object' && decision !== null ? (Object.keys(decision)[0] ?? '') : '';
}
