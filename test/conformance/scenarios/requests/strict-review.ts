import { member } from '../../../codex/json.js';
import { mcpServer } from '../../../codex/mcp.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { startTurn } from '../steps.js';
import { ended, QUIET, sharedThread } from './asked.js';
import { scripted } from './script.js';

/** A quick model finds an action risky, so that a slower one must look at it; one client is not told of that. */
export const strictReview: Scenario = {
  name: 'strict-review',
  long: true,
  covers: ['autoApprovalReview/strictReviewRequired'],
  config: () => ({
    settings: { ...QUIET, approvals_reviewer: 'auto_review' },
    tables: [
      ...mcpServer('paint', ['default_tools_approval_mode = "prompt"']),
      '[features.guardianv2]',
      'enabled = true',
      'async_classifier_mode = "snapshot"',
      '[features.guardianv2.review_scope]',
      'computer_use_only = false',
    ],
  }),
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
    } = stage;
    const [looked, found] = [signal(), signal()];
    const echo = (turn: ModelTurn): void => turn.call('echo', { text: 'hello' }, 'mcp__paint');
    const script = scripted({
      echo: [
        echo,
        async (turn) => {
          await found.given;
          echo(turn);
        },
      ],
    });
    model.script = async (turn) => {
      const { body } = turn.request;
      if (member(body, 'model') === QUICK) {
        // Only what comes after the first look is found to be risky.
        await looked.given;
        turn.say('high');
        turn.finish();
        found.give();
      } else if (JSON.stringify(member(body, 'text') ?? null).includes('risk_level')) {
        turn.say(ALLOWED);
        turn.finish();
        looked.give();
      } else await script(turn);
    };
    const threadId = await sharedThread(
      stage,
      {},
      async () =>
        await stage.clients.a.notification(
          'mcpServer/startupStatus/updated',
          (params) => member(params, 'status') === 'ready',
        ),
    );
    await startTurn(b, threadId, 'echo');
    await ended([a, b, c], [d], threadId);
  },
};

const QUICK = 'gpt-5.6-luna';
const ALLOWED = JSON.stringify({
  risk_level: 'low',
  user_authorization: 'high',
  outcome: 'allow',
  rationale: 'It does no harm.',
});

/** Something that is waited for. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
