import type { Logger } from 'pino';
import { encodeStock } from '../../protocol/codec.js';
import { RESUMES_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { ownRequests } from '../../protocol/methods.js';
import { runtimeNotifications, serverNotification } from '../../protocol/notifications.js';
import type { AttachmentParts } from '../attachments/parts.js';
import type { Clock } from '../clock.js';
import type { Connections } from '../connection/connections.js';
import type { Streams } from '../connection/streams.js';
import type { Fanout } from '../fanout.js';
import { readEnvelope } from '../framing/envelope.js';
import { parseObject } from '../framing/json-bytes.js';
import { severalAtOnce } from '../several.js';
import type { InFlight } from '../requests/in-flight.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { FoldedTurn } from '../thread/folded-turn.js';
import type { Logs } from '../thread/logs.js';
import { settingsOf } from '../thread/snapshot.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';

export interface RecoveryContext {
  readonly attachments: AttachmentParts;
  readonly clock: Clock;
  readonly connections: Connections;
  readonly fanout: Fanout;
  readonly inFlight: InFlight;
  readonly log: Logger;
  readonly logs: Logs;
  readonly requests: ServerRequests;
  readonly streams: Streams;
  readonly threads: Threads;
}

type Json = Record<string, unknown>;

/** Why logs begin anew. */
const RESTARTED = 'runtimeRestarted';

/**
 * What happens to everybody's threads when the runtime has ended, and when another one is there: what ran has failed,
 * nobody waits for ever, and what was watched goes on where it was.
 */
export class Recovery {
  readonly #context: RecoveryContext;
  /** Whether the logs of the runtime that has ended have not been replaced yet. */
  #logsAreOld = false;

  constructor(context: RecoveryContext) {
    this.#context = context;
  }

  /** The runtime has ended. Said in its own words, so that stock clients understand too. */
  ended(summary: string): void {
    const { attachments, requests, streams, threads } = this.#context;
    this.#logsAreOld = true;
    streams.runtimeGone();
    requests.cancelAll();
    for (const thread of threads.all()) if (thread.loaded) this.#endTurns(thread, summary);
    attachments.runtimeEnded();
  }

  /** Another one has been started and has said nothing yet: from here on the logs are new ones. */
  begin(): void {
    if (!this.#logsAreOld) return;
    this.#logsAreOld = false;
    const { connections, logs } = this.#context;
    logs.renewLobby();
    for (const connection of connections.present) {
      connection.resetLog(logs.lobby, 0, RESTARTED);
      connection.outbox.follow(logs.lobby);
    }
  }

  /** Brings the threads back that somebody watches. Resolves when each is back, or has been let go of. */
  async resumeThreads(): Promise<void> {
    const { threads } = this.#context;
    const loaded = [...threads.all()].filter((thread) => thread.loaded);
    await severalAtOnce(RESUMES_MAX, loaded, async (thread) => {
      if (thread.subscribers.size > 0) await this.#resume(thread);
      else threads.gone(thread);
    });
  }

  #endTurns(thread: Thread, summary: string): void {
    const turns = [...(thread.log?.fold.turns.values() ?? [])].filter((turn) => turn.completed === null);
    for (const turn of turns) {
      this.#say(thread, runtimeNotifications.turnCompleted, {
        threadId: thread.id,
        turn: this.#failedTurn(turn, summary),
      });
    }
    if (turns.length === 0) return;
    this.#say(thread, runtimeNotifications.threadStatusChanged, {
      threadId: thread.id,
      status: { type: 'idle' },
    });
  }

  #failedTurn({ id, started }: FoldedTurn, summary: string): Json {
    const params = started === null ? null : parseObject(started)?.['params'];
    const turn = isObject(params) && isObject(params['turn']) ? params['turn'] : {};
    const now = this.#context.clock.now();
    const startedAt = turn['startedAt'];
    return {
      ...turn,
      id,
      items: [],
      itemsView: 'notLoaded',
      status: 'failed',
      error: { message: `The runtime has ended: ${summary}`, codexErrorInfo: null, additionalDetails: null },
      completedAt: Math.floor(now / 1000),
      durationMs: typeof startedAt === 'number' ? Math.max(0, now - startedAt * 1000) : null,
    };
  }

  async #resume(thread: Thread): Promise<void> {
    const { inFlight, threads } = this.#context;
    const settings = settingsFor(thread);
    threads.renewLog(thread, RESTARTED);
    await new Promise<void>((resolve) => {
      const params = { threadId: thread.id, excludeTurns: true, ...settings };
      inFlight.request(ownRequests.resume, params, {
        answered: (line, { result }) => {
          if (result === null) this.#close(thread);
          else thread.opened(line, result);
          resolve();
        },
        failed: () => {
          // Where the runtime has ended again, the next one will be asked.
          if (inFlight.isUp) this.#close(thread);
          resolve();
        },
      });
    });
  }

  #close(thread: Thread): void {
    const { log, requests, threads } = this.#context;
    log.warn({ thread: thread.id }, 'a thread could not be resumed');
    this.#say(thread, runtimeNotifications.threadClosed, { threadId: thread.id });
    requests.threadGone(thread);
    threads.gone(thread);
  }

  /** Says something in the runtime's stead, the way it would have gone. */
  #say(thread: Thread, method: string, params: Json): void {
    const row = serverNotification(method);
    const line = Buffer.from(encodeStock({ method, params, emittedAtMs: this.#context.clock.now() }));
    this.#context.fanout.append(row.scope === 'lobby' ? null : thread, { method, row, line });
    if (row.fold === 'turnCompleted') this.#context.attachments.turnEnds(thread, line);
    const envelope = readEnvelope(line);
    if (envelope !== null) thread.log?.fold.apply(row, method, line, envelope);
  }
}

const SANDBOX_MODES: Readonly<Record<string, string>> = {
  readOnly: 'read-only',
  workspaceWrite: 'workspace-write',
  dangerFullAccess: 'danger-full-access',
};

/** What a thread last ran with, as params of a resume. */
function settingsFor({ base, log }: Thread): Json {
  const line = log?.fold.latest.get(runtimeNotifications.threadSettingsUpdated);
  const params = line === undefined ? null : parseObject(line)?.['params'];
  const latest = isObject(params) ? settingsOf(params['threadSettings']) : {};
  const known: Json = { ...(base === null ? {} : parseObject(base)), ...latest };
  const { model, modelProvider, cwd, approvalPolicy, approvalsReviewer, serviceTier, reasoningEffort } =
    known;
  const settings = { model, modelProvider, cwd, approvalPolicy, approvalsReviewer, serviceTier };
  const config = {
    ...present({ model_reasoning_effort: reasoningEffort }),
    ...workspaceOf(known['sandbox']),
  };
  return present({
    ...settings,
    ...accessOf(known),
    config: Object.keys(config).length === 0 ? null : config,
  });
}

/** A profile where one is known, else the mode of the sandbox. */
function accessOf({ activePermissionProfile, sandbox }: Json): Json {
  const profile = isObject(activePermissionProfile) ? activePermissionProfile['id'] : undefined;
  if (typeof profile === 'string') return { permissions: profile };
  return { sandbox: isObject(sandbox) ? SANDBOX_MODES[String(sandbox['type'])] : undefined };
}

/** What a mode alone does not say of a sandbox that may write: without it a narrower one would come back wider. */
function workspaceOf(sandbox: unknown): Json {
  if (!isObject(sandbox) || sandbox['type'] !== 'workspaceWrite') return {};
  return {
    sandbox_workspace_write: present({
      writable_roots: sandbox['writableRoots'],
      network_access: sandbox['networkAccess'],
      exclude_tmpdir_env_var: sandbox['excludeTmpdirEnvVar'],
      exclude_slash_tmp: sandbox['excludeSlashTmp'],
    }),
  };
}

/** The members that have a value. */
function present(members: Json): Json {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  );
}
