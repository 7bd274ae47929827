import type { Json } from './message.js';

/** A kind of item: how it looks when it begins, and the deltas that it may get. */
interface ItemKind {
  begin(id: string): Json;
  /** One delta; `word` is never the same twice. */
  deltas: readonly ((word: string, part: number) => { readonly method: string; readonly params: Json })[];
}

const change = (diff: string): Json => ({ path: 'a.txt', kind: { type: 'update', move_path: null }, diff });
const appends = (method: string) => (word: string) => ({ method, params: { delta: word } });

/** Every kind of item whose text grows, and one that comes at once. */
export const itemKinds: readonly ItemKind[] = [
  {
    begin: (id) => ({ type: 'agentMessage', id, text: '', phase: null }),
    deltas: [appends('item/agentMessage/delta')],
  },
  { begin: (id) => ({ type: 'plan', id, text: '' }), deltas: [appends('item/plan/delta')] },
  {
    begin: (id) => ({ type: 'reasoning', id, summary: [], content: [] }),
    deltas: [
      (word, part) => ({
        method: 'item/reasoning/summaryTextDelta',
        params: { delta: word, summaryIndex: Math.max(0, part - 1) },
      }),
      (word) => ({ method: 'item/reasoning/textDelta', params: { delta: word, contentIndex: 0 } }),
      (_, part) => ({ method: 'item/reasoning/summaryPartAdded', params: { summaryIndex: part } }),
    ],
  },
  {
    begin: (id) => ({
      type: 'commandExecution',
      id,
      command: 'ls',
      status: 'inProgress',
      aggregatedOutput: null,
    }),
    deltas: [appends('item/commandExecution/outputDelta')],
  },
  {
    begin: (id) => ({ type: 'fileChange', id, changes: [change('+1')], status: 'inProgress' }),
    deltas: [
      appends('item/fileChange/outputDelta'),
      (word) => ({ method: 'item/fileChange/patchUpdated', params: { changes: [change(word)] } }),
    ],
  },
  {
    begin: (id) => ({ type: 'mcpToolCall', id, server: 's', tool: 't', status: 'inProgress', arguments: {} }),
    deltas: [(word) => ({ method: 'item/mcpToolCall/progress', params: { message: word } })],
  },
];
