import type { FunctionComponent, JSX } from 'preact';
import type { Item, KnownItem } from '../../../client/runtime-types.js';
import type { ItemState } from '../../../client/types.js';
import { CollabAgents, SubAgent } from './Agents.js';
import { AgentMessage } from './AgentMessage.js';
import { Command } from './Command.js';
import { FileChanges } from './FileChanges.js';
import type { ItemProps } from './item.js';
import { Plan } from './Plan.js';
import { Reasoning } from './Reasoning.js';
import { Compaction, ImageGeneration, ImageView, Other, Review, WebSearch } from './Small.js';
import { DynamicToolCall, McpToolCall } from './ToolCall.js';
import { UserMessage } from './UserMessage.js';

type Looks = {
  readonly [Type in KnownItem['type']]: FunctionComponent<
    ItemProps<Extract<KnownItem, { readonly type: Type }>>
  >;
};

const Unknown: FunctionComponent<ItemProps<Item>> = (props) => <Other {...props} item={{ ...props.item }} />;

/** Each kind of item and how it looks. */
const LOOKS: Looks = {
  userMessage: UserMessage,
  agentMessage: AgentMessage,
  plan: Plan,
  reasoning: Reasoning,
  commandExecution: Command,
  fileChange: FileChanges,
  mcpToolCall: McpToolCall,
  dynamicToolCall: DynamicToolCall,
  collabAgentToolCall: CollabAgents,
  subAgentActivity: SubAgent,
  webSearch: WebSearch,
  imageView: ImageView,
  imageGeneration: ImageGeneration,
  enteredReviewMode: Review,
  exitedReviewMode: Review,
  contextCompaction: Compaction,
};

export function ItemView({ state, place }: { state: ItemState; place: string }): JSX.Element {
  const Look = lookOf(state.item);
  return <Look item={state.item} state={state} place={place} />;
}

function lookOf({ type }: Item): FunctionComponent<ItemProps<Item>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table pairs each type with what takes it
  const looks = LOOKS as unknown as Readonly<Record<string, FunctionComponent<ItemProps<Item>>>>;
  return (Object.hasOwn(LOOKS, type) ? looks[type] : undefined) ?? Unknown;
}
