import { object, text } from '../json.js';
import type { Json } from '../json.js';
import type { Notice } from '../types.js';

type Reading = (params: Json) => Omit<Notice, 'method'> | null;

const said =
  (level: Notice['level'], member = 'message'): Reading =>
  (params) => {
    const told = text(params, member);
    return told === null ? null : { level, text: told };
  };

/** What is said to people, beside what changes something. */
const readings: Readonly<Record<string, Reading>> = {
  error: (params) => {
    const told = text(object(params, 'error'), 'message');
    return told === null ? null : { level: params['willRetry'] === true ? 'warning' : 'error', text: told };
  },
  warning: said('warning'),
  guardianWarning: said('warning'),
  'modelProvider/authRecoveryStarted': said('info'),
  'modelProvider/authRecoveryCompleted': said('info'),
  'model/rerouted': (params) => ({
    level: 'info',
    text: `${text(params, 'toModel') ?? 'Another model'} answers instead of ${text(params, 'fromModel') ?? 'the one chosen'}`,
  }),
  'mcpServer/startupStatus/updated': (params) => {
    const error = text(params, 'error');
    return error === null ? null : { level: 'warning', text: `${text(params, 'name') ?? ''}: ${error}` };
  },
};

/** The notice in a notification; null where it has none. */
export function noticeOf(method: string, params: Json): Notice | null {
  const notice = Object.hasOwn(readings, method) ? (readings[method]?.(params) ?? null) : null;
  return notice === null ? null : { ...notice, method };
}
