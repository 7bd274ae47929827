/**
 * The parameters of what the broker answers itself. Everything else is validated by the runtime.
 */
import { z } from 'zod';
import { NAME_CHARS_MAX, OPT_OUT_METHODS_MAX } from './limits.js';

const name = z.string().max(NAME_CHARS_MAX);

/** `initialize`. Capabilities that are not listed are the runtime's business and pass. */
export const initializeParams = z.object({
  clientInfo: z.object({ name, title: name.nullish(), version: name }),
  capabilities: z
    .looseObject({
      experimentalApi: z.boolean().nullish(),
      requiredHumanApproval: z.boolean().nullish(),
      requestAttestation: z.boolean().nullish(),
      optOutNotificationMethods: z.array(name).max(OPT_OUT_METHODS_MAX).nullish(),
      extensions: z
        .looseObject({
          threadcast: z.looseObject({ role: z.enum(['controller', 'observer']).nullish() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type InitializeParams = z.infer<typeof initializeParams>;

/** What the runtime answers to `initialize`, as far as the broker reads it. */
export const initializeResult = z.looseObject({ userAgent: z.string() });
export type InitializeResult = z.infer<typeof initializeResult>;

/** The answer of `thread/unsubscribe`. */
export interface UnsubscribeResult {
  readonly status: 'unsubscribed' | 'notSubscribed' | 'notLoaded';
}

/** The answer of `broker/status`: what `threadcast status` prints. */
export const statusResult = z.object({
  broker: z.object({ version: z.string(), pid: z.number(), uptimeMs: z.number() }),
  /** `heldUpBy`: the ids of the stdio connections that keep the runtime waiting now. */
  runtime: z.object({ label: z.string(), userAgent: z.string(), heldUpBy: z.array(z.string()) }),
  listen: z.array(z.string()),
  connections: z.array(
    z.object({
      connectionId: z.string(),
      clientName: z.string(),
      transport: z.string(),
      threads: z.array(z.string()),
      pendingBytes: z.number(),
    }),
  ),
  threads: z.array(z.object({ threadId: z.string(), subscribers: z.number(), openRequests: z.number() })),
  counters: z.record(z.string(), z.number()),
});
export type StatusResult = z.infer<typeof statusResult>;

/**
 * A failed validation, in the words that app-server uses for the same.
 * `missing field` for an absent member, else the path and what was expected.
 */
export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'Invalid request';
  const field = String(issue.path.at(-1) ?? 'params');
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return missing
    ? `Invalid request: missing field \`${field}\``
    : `Invalid request: ${issue.path.join('.')}: ${issue.message}`;
}
