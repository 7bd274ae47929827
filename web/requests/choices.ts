/**
 * What may be answered to a request of the runtime that wants a decision: the words on each button, and the answer that
 * it gives, in the shape that app-server takes (as of Codex 0.169.0).
 */
import type { Params } from './params.js';
import { jsonOf } from '../thread/text.js';
import { entryOf, list, members, text, texts } from './params.js';

export interface Choice {
  /** Unlike the others of its request. */
  readonly id: string;
  readonly label: string;
  /** What it means beyond the label, for who asks; null where that says it all. */
  readonly hint: string | null;
  /** What it is about, shown with the label. */
  readonly detail?: string;
  readonly tone: 'accept' | 'plain' | 'decline';
  /** The result of the request. */
  readonly result: object;
}

type Words = Omit<Choice, 'id' | 'result'>;

const DECISIONS: Readonly<Record<string, Words>> = {
  accept: { label: 'Allow once', hint: null, tone: 'accept' },
  acceptForSession: { label: 'Allow for this session', hint: 'It does not ask again', tone: 'plain' },
  decline: { label: 'Decline', hint: 'The agent goes on without it', tone: 'decline' },
  cancel: { label: 'Stop the turn', hint: 'Declines, and ends what the agent is doing', tone: 'decline' },
};
const ALWAYS = ['accept', 'acceptForSession', 'decline', 'cancel'];

/** Of a command: what the request says may be answered, in that order. */
export function commandChoices({ availableDecisions }: Params): readonly Choice[] {
  const offered = list(availableDecisions);
  return (offered.length > 0 ? offered : ALWAYS).map((decision, index) => ({
    id: typeof decision === 'string' ? decision : `${index}`,
    ...wordsFor(decision),
    result: { decision },
  }));
}

function wordsFor(decision: unknown): Words {
  if (typeof decision === 'string')
    return entryOf(DECISIONS, decision) ?? { label: decision, hint: null, tone: 'plain' };
  const [[name, content] = ['', null]] = Object.entries(members(decision));
  if (name === 'acceptWithExecpolicyAmendment') {
    const prefix = texts(members(content)['execpolicy_amendment']).join(' ');
    return {
      label: 'Allow, and always such commands',
      hint: 'From now on',
      detail: `${prefix} …`,
      tone: 'plain',
    };
  }
  if (name === 'applyNetworkPolicyAmendment') {
    const { host, action } = members(members(content)['network_policy_amendment']);
    const isDenied = action === 'deny';
    const verb = isDenied ? 'Never' : 'Always';
    return {
      label: `${verb} allow ${text(host) ?? 'this host'}`,
      hint: 'From now on',
      tone: isDenied ? 'decline' : 'plain',
    };
  }
  return { label: name || 'Other', hint: null, detail: jsonOf(content), tone: 'plain' };
}

/** Of a change of files. */
export function fileChoices({ grantRoot }: Params): readonly Choice[] {
  const root = text(grantRoot);
  return ALWAYS.map((decision) => {
    const words = wordsFor(decision);
    const isRoot = decision === 'acceptForSession' && root !== null;
    return {
      id: decision,
      ...words,
      ...(isRoot ? { detail: `and further changes in ${root}` } : {}),
      result: { decision },
    };
  });
}

/** Of more rights: what is asked for, or nothing of it. */
export function permissionChoices({ permissions }: Params): readonly Choice[] {
  const { network, fileSystem } = members(permissions);
  // What was not asked for is left out: app-server takes no null there.
  const granted = {
    ...(network === null || network === undefined ? {} : { network }),
    ...(fileSystem === null || fileSystem === undefined ? {} : { fileSystem }),
  };
  return [
    {
      id: 'turn',
      label: 'Grant for this turn',
      hint: null,
      tone: 'accept',
      result: { permissions: granted, scope: 'turn' },
    },
    {
      id: 'session',
      label: 'Grant for this session',
      hint: null,
      tone: 'plain',
      result: { permissions: granted, scope: 'session' },
    },
    {
      id: 'none',
      label: 'Grant nothing',
      hint: 'The agent goes on without it',
      tone: 'decline',
      result: { permissions: {}, scope: 'turn' },
    },
  ];
}

/** Of a command or a patch, as older versions ask. */
export function legacyChoices(): readonly Choice[] {
  const rejection = 'The user declined.';
  return [
    { id: 'approved', label: 'Allow once', hint: null, tone: 'accept', result: { decision: 'approved' } },
    {
      id: 'session',
      label: 'Allow for this session',
      hint: 'It does not ask again',
      tone: 'plain',
      result: { decision: 'approved_for_session' },
    },
    {
      id: 'denied',
      label: 'Decline',
      hint: 'The agent goes on without it',
      tone: 'decline',
      result: { decision: { denied: { rejection } } },
    },
    {
      id: 'abort',
      label: 'Stop the turn',
      hint: 'Declines, and ends what the agent is doing',
      tone: 'decline',
      result: { decision: 'abort' },
    },
  ];
}

/** Of an elicitation that is not answered with a form. */
export function elicitationChoices(accept: string): readonly Choice[] {
  return [
    { id: 'accept', label: accept, hint: null, tone: 'accept', result: withoutContent('accept') },
    { id: 'decline', label: 'Decline', hint: null, tone: 'decline', result: withoutContent('decline') },
    {
      id: 'cancel',
      label: 'Cancel',
      hint: 'Without an answer',
      tone: 'decline',
      result: withoutContent('cancel'),
    },
  ];
}

function withoutContent(action: string): object {
  return { action, content: null, _meta: null };
}

/** Of a request that this page does not know: a refusal in the shape that most requests have. */
export function unknownChoices(): readonly Choice[] {
  const result = { decision: 'decline' };
  return [
    {
      id: 'decline',
      label: 'Decline',
      hint: 'Answer it elsewhere to do anything else',
      tone: 'decline',
      result,
    },
  ];
}
