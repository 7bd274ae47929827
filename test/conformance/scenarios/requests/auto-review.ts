import { member } from '../../../codex/json.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn } from '../steps.js';
import { asked, ended, QUIET, settled, sharedThread } from './asked.js';
import { scripted } from './script.js';

const PERMISSIONS = 'item/permissions/requestApproval';

/** Another model decides in place of the user; the user's clients look on. */
export const autoReview: Scenario = {
  name: 'auto-review',
  long: true,
  covers: ['item/autoApprovalReview/started', 'item/autoApprovalReview/completed', 'guardianWarning'],
  features: ['request_permissions_tool'],
  config: () => ({ settings: { ...QUIET, model: 'gpt-5.5' } }),
  freedoms: threadsApart,
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      work,
      settle,
    } = stage;
    let verdict = 'allow';
    const script = scripted({
      command: [(turn) => turn.run('true')],
      patch: [(turn) => turn.callWithText('apply_patch', PATCH)],
      strict: [
        (turn) => turn.call('request_permissions', { reason: 'to look up', permissions: NETWORK }),
        (turn) => turn.call('exec_command', { cmd: 'true' }),
      ],
    });
    model.script = async (turn) => {
      if (isReview(turn)) turn.say(JSON.stringify({ ...REVIEW, outcome: verdict }));
      else await script(turn);
    };
    const threadId = await sharedThread(stage, { approvalsReviewer: 'auto_review' });

    for (const [words, outcome] of [
      ['command', 'allow'],
      ['command', 'deny'],
      ['patch', 'allow'],
      ['patch', 'nonsense'],
    ] as const) {
      verdict = outcome;
      await startTurn(b, threadId, words);
      await ended([a, b, c], [d], threadId);
      await settle();
    }

    verdict = 'allow';
    const own = await startThread(b, work);
    await startTurn(b, own, 'hello');
    await ended([b], [a, c, d], own);
    await resumeThread(c, [a, b, c, d], { threadId: own, excludeTurns: true });
    await settle();
    await startTurn(b, own, 'strict');
    const request = await asked([b, c], PERMISSIONS);
    await settled([b, c], own, () =>
      b.answer(request, { permissions: NETWORK, scope: 'turn', strictAutoReview: true }),
    );
    await ended([b, c], [a, d], own);
  },
};

const NETWORK = { network: { enabled: true } };
const PATCH = '*** Begin Patch\n*** Add File: one.txt\n+first\n*** End Patch\n';
const REVIEW = { risk_level: 'low', user_authorization: 'high', rationale: 'It does no harm.' };

/** Whether it is the other model that is asked: its answer has a form. */
function isReview({ request }: ModelTurn): boolean {
  return JSON.stringify(member(request.body, 'text') ?? null).includes('risk_level');
}
