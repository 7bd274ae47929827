import { member, type Json } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startTurn } from '../steps.js';
import { ended, REFUSAL, sharedThread } from './asked.js';
import { scripted } from './script.js';

const CALL = 'item/tool/call';
const TOOL: Json = {
  type: 'function',
  name: 'lookup',
  description: 'Looks a word up',
  inputSchema: { type: 'object', properties: { word: { type: 'string' } } },
};
const BOX: Json = {
  type: 'namespace',
  name: 'box',
  description: 'A tool box',
  tools: [{ ...(TOOL as object), type: 'function', name: 'open' }],
};
const shown: Json = {
  contentItems: [{ type: 'inputImage', imageUrl: 'data:image/png;base64,iVBO' }],
  success: false,
};
const isCall = (params: Json): boolean => member(params, 'item', 'type') === 'dynamicToolCall';
const found: Json = { contentItems: [{ type: 'inputText', text: 'A word.' }], success: true };

/** A client brings a tool of its own; the model calls it, and others look on. */
export const dynamicTool: Scenario = {
  name: 'dynamic-tool',
  covers: [CALL],
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      work,
      settle,
    } = stage;
    model.script = scripted({
      lookup: [(turn) => turn.call('lookup', { word: 'kite' })],
      open: [(turn) => turn.call('open', { word: 'kite' }, 'box')],
    });
    const threadId = await sharedThread(stage, { dynamicTools: [TOOL, BOX] });
    await c.refused('thread/start', { cwd: work, dynamicTools: [TOOL] });
    await a.refused('thread/start', { cwd: work, dynamicTools: [{ type: 'function', name: 'no name' }] });

    for (const [words, answer] of [
      ['lookup', found],
      ['open', shown],
      ['lookup', { contentItems: [], success: true }],
      // The wrong shape.
      ['lookup', { words: 1 }],
    ] as const) {
      await startTurn(b, threadId, words);
      const request = await a.request(CALL);
      await settle();
      a.answer(request, answer);
      if (words === 'open') {
        // Of one that the tool does not belong to, and too late: on another wire it could be the first.
        await a.notification('item/completed', isCall);
        b.answer(request, { contentItems: [], success: false });
      }
      await ended([a, b, c], [d], threadId);
      await settle();
    }

    await startTurn(a, threadId, 'lookup');
    a.reject(await a.request(CALL), REFUSAL);
    await ended([a, b, c], [d], threadId);
    await settle();

    const turnId = await startTurn(c, threadId, 'lookup');
    const open = await a.request(CALL);
    await resumeThread(d, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();
    await b.call('turn/interrupt', { threadId, turnId });
    await ended([a, b, c, d], [], threadId);
    a.answer(open, found);
    await settle();

    // Its owner goes while it is called: somebody else may answer, and the owner finds it settled.
    await startTurn(b, threadId, 'lookup');
    await a.request(CALL);
    await a.disconnect();
    const left = await b.request(CALL);
    b.answer(left, found);
    await ended([b, c, d], [], threadId);
    await a.connect();
    await resumeThread(a, [a, b, c, d], { threadId, excludeTurns: true });
  },
};
