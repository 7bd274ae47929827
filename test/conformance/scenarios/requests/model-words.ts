import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { startTurn } from '../steps.js';
import { ended, sharedThread } from './asked.js';
import { scripted } from './script.js';

const PICTURE = 'picture.png';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** What else a model's answer may hold, and what its server may say of it; each in a turn of its own. */
export const modelWords: Scenario = {
  name: 'model-words',
  long: true,
  covers: [
    'item/reasoning/textDelta',
    'model/rerouted',
    'model/verification',
    'model/safetyBuffering/updated',
    'turn/moderationMetadata',
  ],
  config: () => ({ settings: { show_raw_agent_reasoning: true } }),
  prepare: async ({ work }) => await writeFile(path.join(work, PICTURE), Buffer.from(PIXEL, 'base64')),
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      work,
      settle,
    } = stage;
    model.reception = ({ text }) => ({
      headers: text === 'elsewhere' ? { 'openai-model': 'another-model' } : {},
    });
    const lines: Parameters<typeof scripted>[0] = {
      aloud: [
        (turn) => {
          turn.thinkAloud('If ', 'so.');
          turn.think('First ', 'this.');
          turn.say('So.');
        },
      ],
      search: [
        (turn) => {
          turn.item('ws', { type: 'web_search_call', status: 'completed', action: SEARCH });
          turn.say('Sunny.');
        },
      ],
      look: [(turn) => turn.call('view_image', { path: path.join(work, PICTURE) })],
      many: [
        (turn) => {
          turn.say('Before.');
          turn.think('Then.');
          turn.say('After.');
        },
      ],
      elsewhere: [(turn) => turn.say('From elsewhere.')],
      told: [told],
      nothing: [() => undefined],
      // A tool that there is not.
      unknown: [(turn) => turn.call('no_such_tool', {})],
    };
    model.script = scripted(lines);
    const threadId = await sharedThread(stage);
    for (const words of Object.keys(lines)) {
      await startTurn(d, threadId, words);
      await ended([a, b, c], [d], threadId);
      await settle();
    }
    await d.call('thread/turns/list', { threadId, itemsView: 'full' });
  },
};

const SEARCH = { type: 'search', query: 'weather' };

function told(turn: ModelTurn): void {
  turn.event('response.metadata', {
    metadata: { openai_verification_recommendation: ['trusted_access_for_cyber'] },
  });
  turn.event('response.metadata', { metadata: { openai_chatgpt_moderation_metadata: { kind: 'none' } } });
  turn.event('response.created', {
    response: { id: 'resp-told' },
    safety_buffering: { use_cases: ['cyber'], reasons: ['user_risk'], retry_model: 'fast-model' },
  });
  turn.say('Told.');
}
