import type { Scenario } from './scenario.js';
import type { Schema } from './schema.js';

/** Why something in the protocol cannot be shown here. */
const REASONS = {
  account: 'needs an account with the provider of the model',
  cloud: 'needs a service on the network',
  platform: 'needs another operating system',
  device: 'needs a device that is not here',
  unused: 'is in the schema only: that build of Codex does not have it yet, or any more',
} as const;
export type Reason = keyof typeof REASONS;

/** What no scenario shows. Where it is a request, a scenario shows how it is refused. */
const unshown: Readonly<Record<string, Reason>> = {
  'account/gcp/setup': 'cloud',
  'feedback/upload': 'cloud',
  'plugin/share/checkout': 'cloud',
  'modelProvider/authRecoveryStarted': 'account',
  'modelProvider/authRecoveryCompleted': 'account',
  'userVerification/enroll': 'device',
  'userVerification/delete': 'device',
  'userVerification/verify': 'device',
  'windows/worldWritableWarning': 'platform',
  'thread/prediction/request': 'unused',
  'thread/prediction/updated': 'unused',
  'thread/compacted': 'unused',
  'item/fileChange/outputDelta': 'unused',
  'item/mcpToolCall/progress': 'unused',
  applyPatchApproval: 'unused',
  execCommandApproval: 'unused',
};

/** At least so many by scenario. */
export const FLOORS = { requests: 100, notifications: 45, serverRequests: 8 } as const;
type Kind = keyof typeof FLOORS;

const TITLES: Readonly<Record<Kind, string>> = {
  requests: 'requests of clients',
  notifications: 'notifications',
  serverRequests: 'requests of the server',
};

export interface CoverageRow {
  readonly kind: Kind;
  readonly method: string;
  /** The scenarios that show it. */
  readonly scenarios: readonly string[];
  readonly reason: Reason | null;
}

/** A row for all that is in the schema. */
export function coverage(schema: Schema, scenarios: readonly Scenario[]): readonly CoverageRow[] {
  const kinds: readonly Kind[] = ['requests', 'notifications', 'serverRequests'];
  return kinds.flatMap((kind) =>
    schema[kind].map((method) => ({
      kind,
      method,
      scenarios: scenarios.filter(({ covers }) => covers.includes(method)).map(({ name }) => name),
      reason: unshown[method] ?? null,
    })),
  );
}

/** What is wrong with the coverage, in sentences; empty when it is complete. */
export function complaints(
  rows: readonly CoverageRow[],
  scenarios: readonly Scenario[],
  listed: Readonly<Record<string, Reason>> = unshown,
): readonly string[] {
  const known = new Set(rows.map(({ method }) => method));
  const shown = new Set(rows.filter((row) => row.scenarios.length > 0).map(({ method }) => method));
  return [
    ...rows
      .filter(({ method, reason }) => !shown.has(method) && reason === null)
      .map(({ method }) => `${method}: no scenario shows it, and no reason is given`),
    ...Object.keys(listed)
      .filter((method) => shown.has(method))
      .map((method) => `${method}: is shown, and a reason is given why not`),
    ...[...Object.keys(listed), ...scenarios.flatMap(({ covers }) => covers)]
      .filter((method) => !known.has(method))
      .map((method) => `${method}: is not in the schema`),
    ...counts(rows)
      .filter(({ kind, shown: count }) => count < FLOORS[kind])
      .map(({ kind, shown: count }) => `${count} ${TITLES[kind]} are shown, not ${FLOORS[kind]}`),
  ];
}

/** `103 of 187 requests of clients`, a line a kind. */
export function summary(rows: readonly CoverageRow[]): readonly string[] {
  return counts(rows).map(({ kind, shown, all }) => `${shown} of ${all} ${TITLES[kind]}`);
}

/** The whole table, for people: a line a method, the scenarios that show it or the reason why none does. */
export function table(rows: readonly CoverageRow[]): string {
  const width = Math.max(...rows.map(({ method }) => method.length));
  return rows
    .map(({ method, scenarios, reason }) => {
      const why = reason === null ? 'MISSING' : `— ${REASONS[reason]}`;
      return `${method.padEnd(width)}  ${scenarios.length > 0 ? scenarios.join(', ') : why}`;
    })
    .join('\n');
}

function counts(rows: readonly CoverageRow[]): readonly { kind: Kind; shown: number; all: number }[] {
  const kinds: readonly Kind[] = ['requests', 'notifications', 'serverRequests'];
  return kinds.map((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    return { kind, shown: own.filter(({ scenarios }) => scenarios.length > 0).length, all: own.length };
  });
}
