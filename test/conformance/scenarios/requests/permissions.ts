import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { answeredEach, flagsApart, interruptedOpen, QUIET, refusedByAll, sharedThread } from './asked.js';
import { scripted } from './script.js';

const PERMISSIONS = 'item/permissions/requestApproval';
const COMMAND = 'item/commandExecution/requestApproval';

/** The model asks for more permissions, for a while or for one command. */
export const permissions: Scenario = {
  name: 'permissions',
  covers: [PERMISSIONS, COMMAND],
  freedoms: [flagsApart],
  features: ['request_permissions_tool', 'exec_permission_approvals'],
  config: () => ({ settings: QUIET }),
  async run(stage) {
    const { model, work } = stage;
    model.script = scripted({
      more: [requests],
      // What is granted for the session need not be asked for again.
      network: [(turn) => turn.call('request_permissions', { reason: 'to look up', permissions: NETWORK })],
      command: [
        (turn) =>
          turn.call('exec_command', {
            cmd: 'true',
            sandbox_permissions: 'with_additional_permissions',
            justification: 'to be sure',
            additional_permissions: { file_system: { write: [work] } },
          }),
      ],
    });
    const threadId = await sharedThread(stage);

    const write = { fileSystem: { read: null, write: [`${work}/sub`] } };
    const late = { permissions: {}, scope: 'session' };
    await answeredEach(stage, threadId, PERMISSIONS, {
      late,
      answers: [
        ['more', { permissions: write, scope: 'turn' }],
        ['more', { permissions: {}, scope: 'turn' }],
        // More than was asked for.
        [
          'more',
          {
            permissions: { network: { enabled: true }, fileSystem: { read: null, write: ['/'] } },
            scope: 'turn',
          },
        ],
        // The wrong shape.
        ['more', { permissions: 'all' }],
        ['more', { permissions: write, scope: 'session' }],
      ],
    });

    await refusedByAll(stage, threadId, PERMISSIONS, 'network');

    // One client is not told of what it has not declared to understand.
    await answeredEach(stage, threadId, COMMAND, {
      late: { decision: 'accept' },
      answers: [['command', { decision: 'decline' }]],
    });
    await interruptedOpen(stage, threadId, PERMISSIONS, ['network', late]);
  },
};

const NETWORK = { network: { enabled: true } };

function requests(turn: ModelTurn): void {
  const permissions = { file_system: { write: ['sub', 'other'] } };
  turn.call('request_permissions', { reason: 'to write', permissions });
}
