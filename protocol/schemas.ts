/**
 * The parameters of what the broker answers itself. Everything else is validated by the runtime.
 */
import { z } from 'zod';
import { clientKinds } from './clients.js';
import { NAME_CHARS_MAX, OPT_OUT_METHODS_MAX } from './limits.js';
import { plainThreadId } from './messages.js';

const name = z.string().max(NAME_CHARS_MAX);
/** In any spelling. */
const threadId = name.transform(plainThreadId);

/** A place in a log: everything up to and including `seq` has been seen, in the life of the log named by `epoch`. */
export const position = z.object({ epoch: name, seq: z.int().min(0) });
export type Position = z.infer<typeof position>;

/** `broker/thread/join`. */
export const joinParams = z.object({ threadId, since: position.nullish() });

/** `broker/turn/submit`: what `turn/start` takes, which checks the rest. */
export const turnSubmitParams = z.looseObject({ threadId, clientUserMessageId: name.min(1) });

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
          threadcast: z
            .looseObject({
              role: z.enum(['controller', 'observer']).nullish(),
              kind: z.enum(clientKinds).nullish(),
              lobby: position.nullish(),
              previousConnectionId: name.nullish(),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type InitializeParams = z.infer<typeof initializeParams>;

/** What the runtime answers to `initialize`, as far as the broker reads it. */
export const initializeResult = z.looseObject({ userAgent: z.string() });
export type InitializeResult = z.infer<typeof initializeResult>;

/** Why a connection ended: what its client is told when it comes back. */
export interface PreviousConnection {
  /** That of the close code, or `gone` where the client or the network ended it. */
  readonly reason: string;
  /** What was on its way to it. */
  readonly pendingBytes: number;
  /** ISO 8601. */
  readonly at: string;
}

/** The member `threadcast` of the answer to `initialize` on the v1 wire. */
export interface V1Greeting {
  readonly version: 1;
  /** Name and version of the broker. */
  readonly broker: string;
  readonly connectionId: string;
  readonly role: 'controller' | 'observer';
  readonly lobby: Position & { readonly recovered: boolean };
  readonly previous: PreviousConnection | null;
}

/** The answer of `thread/unsubscribe`. */
export interface UnsubscribeResult {
  readonly status: 'unsubscribed' | 'notSubscribed' | 'notLoaded';
}

/** The answer of `broker/status`: what `threadcast status` prints. */
export const statusResult = z.object({
  broker: z.object({ version: z.string(), pid: z.number(), uptimeMs: z.number() }),
  /** `heldUpBy`: the stdio connections that keep the runtime waiting now, and for how long they have. */
  runtime: z.object({
    label: z.string(),
    userAgent: z.string(),
    state: z.enum(['starting', 'running', 'restarting', 'gone']),
    restarts: z.number(),
    heldUpBy: z.array(z.object({ connectionId: z.string(), ms: z.number() })),
  }),
  listen: z.array(z.string()),
  connections: z.array(
    z.object({
      connectionId: z.string(),
      clientName: z.string(),
      transport: z.string(),
      wire: z.string(),
      /** Who it speaks for, and what it may do. */
      credential: z.string(),
      role: z.string(),
      /** The peer's IP address, `unix`, or empty where there is none. */
      address: z.string(),
      ageMs: z.number(),
      threads: z.array(z.string()),
      /** Whether its socket is full, so that it is fed from the logs as it drains. */
      lagging: z.boolean(),
      /** Entries of logs that it has not been given. */
      entriesBehind: z.number(),
      /** Bytes on their way to it that its socket has not taken, those in the logs included. */
      pendingBytes: z.number(),
    }),
  ),
  threads: z.array(
    z.object({
      threadId: z.string(),
      subscribers: z.number(),
      openRequests: z.number(),
      running: z.boolean(),
      epoch: z.string().nullable(),
      seq: z.number(),
      entries: z.number(),
      bytes: z.number(),
    }),
  ),
  /** Approvals and questions of the runtime that nobody has answered. */
  approvals: z.object({ open: z.number() }),
  /** Requests of clients that the runtime has not answered. */
  requests: z.object({ inFlight: z.number() }),
  /** What the logs hold of what they may, and what the process does. */
  memory: z.object({
    bytes: z.number(),
    bytesMax: z.number(),
    logs: z.number(),
    heapBytes: z.number(),
    residentBytes: z.number(),
  }),
  /** How late the event loop was since the last look at `/metrics`. */
  eventLoop: z.object({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }),
  /** Since the start. */
  counters: z.record(z.string(), z.number()),
  /** Since the start, by name: how connections and requests ended, why clients were cut, and the like. */
  tallies: z.record(z.string(), z.record(z.string(), z.number())),
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
