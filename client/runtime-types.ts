/**
 * What the SDK and its readers know of the runtime's own words (app-server, as of Codex 0.169.0): the members that are
 * read here. What else an object has is kept and passed on; types of a later runtime show up as `OtherItem`.
 * Times are as the runtime gives them: `…At` Unix seconds, `…AtMs` Unix milliseconds.
 */

export type TurnStatus = 'inProgress' | 'completed' | 'interrupted' | 'failed';

export interface TurnError {
  readonly message: string;
  readonly additionalDetails?: string | null;
}

/** What a person says. Other kinds (skills, mentions, audio) pass. */
export type UserInput =
  | { readonly type: 'text'; readonly text: string; readonly text_elements?: readonly unknown[] }
  | { readonly type: 'image'; readonly url: string }
  | { readonly type: 'localImage'; readonly path: string }
  | { readonly type: 'skill' | 'mention'; readonly name: string; readonly path: string };

interface ItemBase {
  readonly id: string;
  readonly startedAtMs?: number | null;
  readonly completedAtMs?: number | null;
  /** What the broker knows of an item in progress and the runtime has no member for. */
  readonly threadcast?: { readonly output?: string; readonly progress?: readonly string[] };
}

export interface UserMessageItem extends ItemBase {
  readonly type: 'userMessage';
  /** The `clientUserMessageId` that it was submitted with. */
  readonly clientId: string | null;
  readonly content: readonly UserInput[];
}
export interface AgentMessageItem extends ItemBase {
  readonly type: 'agentMessage';
  /** Markdown; so far, while the item is in progress. */
  readonly text: string;
}
export interface PlanItem extends ItemBase {
  readonly type: 'plan';
  /** Markdown. */
  readonly text: string;
}
export interface ReasoningItem extends ItemBase {
  readonly type: 'reasoning';
  /** Markdown, by part. */
  readonly summary: readonly string[];
  readonly content: readonly string[];
}
export interface CommandItem extends ItemBase {
  readonly type: 'commandExecution';
  readonly command: string;
  readonly cwd: string;
  readonly status: 'inProgress' | 'completed' | 'failed' | 'declined';
  /** With ANSI escapes. */
  readonly aggregatedOutput: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
}
export interface FileChange {
  readonly path: string;
  readonly kind: {
    readonly type: 'add' | 'delete' | 'update';
    readonly move_path?: string | null;
  };
  /** Unified diff hunks; for `add` and `delete` the file's content. */
  readonly diff: string;
}
export interface FileChangeItem extends ItemBase {
  readonly type: 'fileChange';
  readonly changes: readonly FileChange[];
  readonly status: 'inProgress' | 'completed' | 'failed' | 'declined';
}
export interface McpToolCallItem extends ItemBase {
  readonly type: 'mcpToolCall';
  readonly server: string;
  readonly tool: string;
  readonly status: 'inProgress' | 'completed' | 'failed';
  readonly arguments: unknown;
  readonly result: { readonly content?: readonly unknown[] } | null;
  readonly error: { readonly message: string } | null;
  readonly durationMs: number | null;
}
export interface DynamicToolCallItem extends ItemBase {
  readonly type: 'dynamicToolCall';
  readonly tool: string;
  readonly arguments: unknown;
  readonly status: 'inProgress' | 'completed' | 'failed';
  readonly contentItems: readonly unknown[] | null;
  readonly success: boolean | null;
}
/** One agent asks something of others: `spawnAgent`, `sendInput`, `wait`, … */
export interface CollabAgentItem extends ItemBase {
  readonly type: 'collabAgentToolCall';
  readonly tool: string;
  readonly status: 'inProgress' | 'completed' | 'failed';
  readonly senderThreadId: string;
  readonly receiverThreadIds: readonly string[];
  readonly prompt: string | null;
  readonly agentsStates: Readonly<
    Record<string, { readonly status: string; readonly message?: string | null }>
  >;
}
export interface SubAgentItem extends ItemBase {
  readonly type: 'subAgentActivity';
  readonly kind: string;
  readonly agentThreadId: string;
  readonly agentPath: string;
}
export interface WebSearchItem extends ItemBase {
  readonly type: 'webSearch';
  readonly query: string;
}
export interface ImageViewItem extends ItemBase {
  readonly type: 'imageView';
  readonly path: string;
}
export interface ImageGenerationItem extends ItemBase {
  readonly type: 'imageGeneration';
  readonly status: string;
  /** Base64. */
  readonly result: string;
}
export interface ReviewItem extends ItemBase {
  readonly type: 'enteredReviewMode' | 'exitedReviewMode';
  readonly review: string;
}
export interface CompactionItem extends ItemBase {
  readonly type: 'contextCompaction';
}

/** The items that have a look of their own. */
export type KnownItem =
  | UserMessageItem
  | AgentMessageItem
  | PlanItem
  | ReasoningItem
  | CommandItem
  | FileChangeItem
  | McpToolCallItem
  | DynamicToolCallItem
  | CollabAgentItem
  | SubAgentItem
  | WebSearchItem
  | ImageViewItem
  | ImageGenerationItem
  | ReviewItem
  | CompactionItem;

/** One of a kind that is not listed here. */
export interface OtherItem extends ItemBase {
  readonly type: string;
  readonly [member: string]: unknown;
}

export type Item = KnownItem | OtherItem;

/** Narrows an item to one of the known types. */
export function isItem<T extends KnownItem['type']>(
  item: Item,
  type: T,
): item is Extract<KnownItem, { readonly type: T }> {
  return item.type === type;
}

export interface PlanStep {
  readonly step: string;
  readonly status: 'pending' | 'inProgress' | 'completed';
}

export interface TokenUsage {
  readonly total: TokenBreakdown;
  readonly last: TokenBreakdown;
  readonly modelContextWindow: number | null;
}
export interface TokenBreakdown {
  readonly totalTokens: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningOutputTokens: number;
}

export type ThreadStatus =
  | { readonly type: 'notLoaded' | 'idle' | 'systemError' }
  | { readonly type: 'active'; readonly activeFlags: readonly string[] };

/** A thread without its turns: what `thread/list` has of it. */
export interface Thread {
  readonly id: string;
  readonly name: string | null;
  /** Usually the first user message. */
  readonly preview: string;
  readonly cwd: string;
  readonly status: ThreadStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The thread whose agent started this one. */
  readonly parentThreadId?: string | null;
  readonly agentNickname?: string | null;
  readonly agentRole?: string | null;
  readonly model?: string | null;
  readonly modelProvider?: string;
  readonly ephemeral?: boolean;
}
