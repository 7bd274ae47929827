import { member, text, type Json } from '../../../codex/json.js';
import type { ScriptedModel } from '../../../codex/model.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Client } from '../../client.js';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds } from '../steps.js';
import { asked, settled } from './asked.js';
import { scripted } from './script.js';

const COMMAND = 'item/commandExecution/requestApproval';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** An agent has another one work: it is told more, closed, taken up again, interrupted, and has one of its own. */
export const agents: Scenario = {
  name: 'agents',
  long: true,
  covers: [COMMAND],
  freedoms: [
    {
      reason:
        'What is sent to an agent is done when it has been sent. By then the agent may not have begun, or may have ' +
        'ended: its state is told with it. Seen in about one run in ten.',
      matches: ({ subject, text: all }) => subject === 'item/completed' && all.includes('"tool":"sendInput"'),
      lane: () => null,
    },
    ...threadsApart,
  ],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    let agent = '';
    const uses = (name: string, args: Json): ((turn: ModelTurn) => void) => {
      return (turn) => turn.call(name, { ...(args as object), ...target(name, agent) }, 'multi_agent_v1');
    };
    model.script = scripted({
      spawn: [
        (turn) => turn.spawnAgent('be there'),
        (turn) => turn.waitForAgent(/"agent_id":"([^"]+)"/.exec(turn.request.output ?? '')?.[1] ?? ''),
      ],
      send: [uses('send_input', { message: 'say more' }), uses('wait_agent', { timeout_ms: 60_000 })],
      close: [uses('close_agent', {})],
      resume: [uses('resume_agent', {})],
      nowhere: [(turn) => turn.call('send_input', { target: NOBODY, message: 'x' }, 'multi_agent_v1')],
      ask: [(turn) => turn.run('true')],
    });
    await a.connect();
    await b.connect();
    await c.connect({});
    const parent = await startThread(a, work);
    const first = answersWhenWaitedFor({ model, a }, 'be there');
    await startTurn(a, parent, 'spawn');
    await first;
    const begun = await b.notification('turn/started', (params) => member(params, 'threadId') !== parent);
    agent = text(begun, 'threadId');
    await turnEnds([a, b, c], agent);
    await turnEnds([a], parent);
    await status([b, c], parent, 'idle');
    await settle();
    await d.connect();

    const second = answersWhenWaitedFor({ model, a }, 'say more');
    await startTurn(a, parent, 'send');
    await second;
    await turnEnds([a, b, c], agent);
    await status([d], agent, 'idle');
    await turnEnds([a], parent);
    await status([b, c, d], parent, 'idle');
    await settle();

    // A request is open in it, and it is interrupted.
    const turnId = await startTurn(b, agent, 'ask');
    const open = await asked([a, b, c], COMMAND);
    await settle();
    await settled([a, b, c], agent, () => d.ask('turn/interrupt', { threadId: agent, turnId }));
    await turnEnds([a, b, c], agent);
    await status([d], agent, 'idle');
    a.answer(open, { decision: 'accept' });
    await settle();

    const third = answersWhenWaitedFor({ model, a }, 'say more');
    for (const words of ['close', 'nowhere', 'resume', 'send']) {
      await startTurn(a, parent, words);
      await turnEnds([a], parent);
      await status([b, c, d], parent, 'idle');
      await settle();
    }
    await third;
    await d.call('thread/read', { threadId: agent, includeTurns: true });
    await d.call('thread/loaded/list', {});
  },
};

/**
 * The agent answers that when its parent waits for it: ended before, it would be told of as something that the user
 * says.
 */
async function answersWhenWaitedFor(
  { model, a }: { readonly model: ScriptedModel; readonly a: Client },
  words: string,
): Promise<void> {
  const turn = await model.hold(words);
  await a.notification('item/started', (params) => member(params, 'item', 'tool') === 'wait');
  turn.say('Done ', 'with that.');
  turn.finish();
}

/** The member by which the tool knows the agent. */
function target(name: string, agent: string): object {
  if (name === 'wait_agent') return { targets: [agent] };
  return name === 'resume_agent' ? { id: agent } : { target: agent };
}
