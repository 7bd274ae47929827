/** What a user's message is made of, as it came; text gets its `text_elements`. */
export type UserInput = Readonly<Record<string, unknown>>;

export type CommandAction =
  | { readonly type: 'read'; readonly command: string; readonly name: string; readonly path: string }
  | { readonly type: 'listFiles'; readonly command: string; readonly path: string | null }
  | {
      readonly type: 'search';
      readonly command: string;
      readonly query: string | null;
      readonly path: string | null;
    }
  | { readonly type: 'unknown'; readonly command: string };

export interface FileChange {
  readonly path: string;
  readonly kind: { readonly type: 'add' } | { readonly type: 'update'; readonly move_path: string | null };
  readonly diff: string;
}

export interface AgentState {
  readonly status: 'pendingInit' | 'completed' | 'interrupted' | 'errored';
  readonly message: string | null;
}

interface UserMessage {
  readonly type: 'userMessage';
  readonly id: string;
  readonly clientId: string | null;
  readonly content: readonly UserInput[];
}
interface AgentMessage {
  readonly type: 'agentMessage';
  readonly moderation: null;
  readonly id: string;
  readonly text: string;
  readonly phase: null;
  readonly memoryCitation: null;
  readonly delivery: null;
  readonly questions: null;
}
interface Reasoning {
  readonly type: 'reasoning';
  readonly id: string;
  readonly summary: readonly string[];
  readonly content: readonly string[];
}
/** A command's ending; all null while it runs. */
export interface CommandEnd {
  readonly aggregatedOutput: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
}
interface CommandExecution extends CommandEnd {
  readonly type: 'commandExecution';
  readonly id: string;
  readonly pluginId: null;
  readonly scriptPath: null;
  readonly command: string;
  readonly cwd: string;
  readonly processId: string | null;
  readonly source: 'agent' | 'userShell' | 'unifiedExecStartup';
  readonly status: 'inProgress' | 'completed' | 'failed' | 'declined';
  readonly commandActions: readonly CommandAction[];
}
interface FileChanges {
  readonly type: 'fileChange';
  readonly id: string;
  readonly changes: readonly FileChange[];
  readonly status: 'inProgress' | 'completed' | 'failed' | 'declined';
}
interface AgentCall {
  readonly type: 'collabAgentToolCall';
  readonly id: string;
  readonly tool: 'spawnAgent' | 'wait';
  readonly status: 'inProgress' | 'completed' | 'failed';
  readonly senderThreadId: string;
  readonly receiverThreadIds: readonly string[];
  readonly prompt: string | null;
  readonly model: string | null;
  readonly reasoningEffort: string | null;
  readonly agentsStates: Readonly<Record<string, AgentState>>;
}
interface ReviewMode {
  readonly type: 'enteredReviewMode' | 'exitedReviewMode';
  readonly id: string;
  readonly review: string;
}
interface Compaction {
  readonly type: 'contextCompaction';
  readonly id: string;
}

/** An item without its times. Its members are in the order in which app-server writes them. */
export type ItemBody =
  | UserMessage
  | AgentMessage
  | Reasoning
  | CommandExecution
  | FileChanges
  | AgentCall
  | ReviewMode
  | Compaction;

/** An item as it goes over the wire and into the history. Times are Unix milliseconds. */
export type Item = ItemBody & { readonly startedAtMs: number; readonly completedAtMs: number | null };

export function userMessage(id: string, clientId: string | null, content: readonly UserInput[]): UserMessage {
  return { type: 'userMessage', id, clientId, content };
}

export function agentMessage(id: string, text: string): AgentMessage {
  const before = { type: 'agentMessage', moderation: null, id, text } as const;
  return { ...before, phase: null, memoryCitation: null, delivery: null, questions: null };
}

export function reasoning(id: string, summary: readonly string[]): Reasoning {
  return { type: 'reasoning', id, summary, content: [] };
}

export function fileChange(
  id: string,
  changes: readonly FileChange[],
  status: FileChanges['status'],
): FileChanges {
  return { type: 'fileChange', id, changes, status };
}

/** What stays the same from a command's start to its end. */
export interface CommandFacts {
  readonly id: string;
  readonly command: string;
  readonly cwd: string;
  readonly actions: readonly CommandAction[];
}
export interface Process {
  readonly processId: string;
}
const RUNNING: CommandEnd = { aggregatedOutput: null, exitCode: null, durationMs: null };

/** @param by The process that runs it; before there is one, who wants it run. */
export function commandExecution(
  facts: CommandFacts,
  by: Process | 'agent' | 'userShell',
  status: CommandExecution['status'],
  end: CommandEnd = RUNNING,
): CommandExecution {
  const { id, command, cwd, actions } = facts;
  const waiting = typeof by === 'string';
  const processId = waiting ? null : by.processId;
  const source = waiting ? by : 'unifiedExecStartup';
  const before = { type: 'commandExecution', id, pluginId: null, scriptPath: null, command, cwd } as const;
  return { ...before, processId, source, status, commandActions: actions, ...end };
}

/** `/bin/bash -lc '…'`, as app-server shows the command of a shell. */
export function shellCommand(script: string): string {
  return `/bin/bash -lc ${/^[\w./:=@-]+$/.test(script) ? script : `'${script.replaceAll("'", `'\\''`)}'`}`;
}

/** The text of a user's message, for choosing a scene and for the preview. */
export function textOf(content: readonly UserInput[]): string {
  return content
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join(' ')
    .trim();
}

/** The last thing that the agent said in these items. */
export function lastMessage(items: readonly Item[]): Item | undefined {
  return items.findLast((item) => item.type === 'agentMessage');
}
