import { clientMethods } from '../../protocol/methods.js';
import { serverRequests } from '../../protocol/server-requests.js';
import type { Chance } from './chance.js';

const METHODS: [string, ...string[]] = ['thread/unknown', '', ...clientMethods.keys()];
const ASKED: [string, ...string[]] = ['unknown', ...serverRequests.keys()];
export const THREADS = ['t0', 't1', 't2', 't3'] as const;
const IDS: [string, ...string[]] = [
  ...THREADS,
  '',
  'T0',
  '01a20005-3691-7983-b60c-c4d29105f986',
  '{01A20005-3691-7983-B60C-C4D29105F986}',
];
/** Members of params that mean something to the broker, and what may stand there. */
const MEMBERS = [
  'threadId',
  'conversationId',
  'processId',
  'processHandle',
  'watchId',
  'sessionId',
  'subscriptionId',
  'requestId',
  'cancellationToken',
  'clientUserMessageId',
  'parentThreadId',
  'childThreadId',
  'attachmentId',
  'from',
  'input',
  'path',
  'config',
  'since',
  'name',
  'role',
  'code',
  'deviceId',
  'cursor',
  'limit',
  'dynamicTools',
  'type',
] as const;

/** A message that a client may send, whole. */
export function drawnMessage(chance: Chance): object {
  const draw = chance.below(20);
  if (draw < 14) return { id: drawnId(chance), method: chance.oneOf(METHODS), params: drawnParams(chance) };
  if (draw < 16) return { id: chance.below(40), result: { decision: chance.oneOf(['accept', 'decline']) } };
  if (draw < 17) return { id: chance.below(40), error: { code: -1, message: 'no' } };
  if (draw < 18) return { method: chance.oneOf(METHODS), params: drawnParams(chance) };
  if (draw < 19) return hello(chance);
  return { id: drawnId(chance), method: chance.oneOf(ASKED), params: {} };
}

/** An `initialize`. */
export function hello(chance: Chance): object {
  const capabilities = {
    experimentalApi: chance.percent(80),
    requiredHumanApproval: chance.percent(50),
    requestAttestation: chance.percent(30),
    optOutNotificationMethods: chance.percent(20) ? ['item/started'] : [],
    extensions: { threadcast: { role: chance.oneOf(['controller', 'observer']), lobby: position(chance) } },
  };
  return {
    id: drawnId(chance),
    method: 'initialize',
    params: { clientInfo: { name: 'fuzz', version: '1' }, capabilities },
  };
}

function drawnId(chance: Chance): string | number {
  return chance.percent(80) ? chance.below(1_000) : chance.oneOf(['a', '', '\u0000', '💥', '-1', '1e3']);
}

function drawnParams(chance: Chance): unknown {
  if (chance.percent(5)) return chance.oneOf<unknown>([null, [], ['t0', null], 5, 'x', undefined]);
  const params: Record<string, unknown> = { threadId: chance.oneOf(THREADS) };
  for (let left = chance.below(5); left > 0; left -= 1) params[chance.oneOf(MEMBERS)] = drawnValue(chance);
  return params;
}

function drawnValue(chance: Chance): unknown {
  switch (chance.below(8)) {
    case 0:
      return chance.oneOf(IDS);
    case 1:
      return chance.below(40);
    case 2:
      return null;
    case 3:
      return [{ type: 'text', text: 'x' }];
    case 4:
      return position(chance);
    case 5:
      return chance.oneOf(['parent', 'child', 'controller', 'observer', 'chatgptAuthTokens']);
    case 6:
      return 'x'.repeat(chance.below(400));
    default:
      return { deep: [[[{ a: chance.below(3) }]]] };
  }
}

function position(chance: Chance): object | null {
  return chance.percent(30) ? null : { epoch: chance.oneOf(['e', '']), seq: chance.below(100) };
}
