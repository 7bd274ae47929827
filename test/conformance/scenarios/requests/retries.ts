import type { Scenario } from '../../scenario.js';
import { startTurn, status, turnEnds } from '../steps.js';
import { sharedThread } from './asked.js';
import { scripted } from './script.js';

/** The model's server breaks off or turns the request away: it is tried again, or it is an error. */
export const retries: Scenario = {
  name: 'retries',
  long: true,
  covers: ['error'],
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    let failures = 0;
    const fails = (): boolean => {
      failures -= 1;
      return failures >= 0;
    };
    model.script = scripted({
      'break off': [
        (turn) => {
          turn.say('Half a ');
          if (fails()) turn.breakOff();
          else turn.say('sentence.');
        },
      ],
      fail: [
        (turn) => {
          if (fails()) turn.fail('told to fail');
          else turn.say('Now.');
        },
      ],
    });
    model.reception = ({ text }) => {
      if (text === 'busy' && fails()) return { status: 503, body: { error: { message: 'busy' } } };
      if (text === 'limit') return { status: 429, body: LIMIT };
      if (text === 'wrong') return { status: 400, body: { error: { message: 'what is that?' } } };
      return {};
    };
    const threadId = await sharedThread(stage, {
      config: {
        'model_providers.mock.stream_max_retries': 2,
        'model_providers.mock.request_max_retries': 1,
      },
    });

    for (const [words, times, comesOf] of [
      ['break off', 1, 'idle'],
      ['break off', 3, 'systemError'],
      ['fail', 1, 'idle'],
      ['busy', 1, 'idle'],
      ['limit', 1, 'systemError'],
      ['wrong', 1, 'systemError'],
    ] as const) {
      failures = times;
      await startTurn(a, threadId, words);
      await turnEnds([a, b, c], threadId);
      await status([d], threadId, comesOf);
      await settle();
    }
    await d.call('thread/read', { threadId, includeTurns: true });
  },
};

const LIMIT = {
  error: { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: 'pro' },
};
