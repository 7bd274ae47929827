import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import { type Codex, installCodex } from '../codex/install.js';
import { Runtime, stateFolder } from './runtime.js';
import {
  type Asked,
  call,
  message,
  type Output,
  patch,
  portOf,
  reasoning,
  startModel,
} from './scripted-model.js';

/** The real program: `THREADCAST_CODEX` if it is set, else the one that the other tests use. */
export async function findCodex(): Promise<Codex> {
  const command = process.env['THREADCAST_CODEX'];
  return command === undefined ? installCodex() : { command };
}

const words = message('One ', 'two ', 'three.');
const escalated = { sandbox_permissions: 'require_escalated', justification: 'May I?' };
const question = { id: 'q', header: 'Q', question: 'Which?', options: [{ label: 'A', description: 'a' }] };
const PATCH = [
  '*** Begin Patch',
  '*** Update File: a.txt',
  '@@',
  '-old',
  '+older',
  '*** Add File: new.txt',
  '+new',
  '*** End Patch',
].join('\n');
const AGENTS = 'multi_agent_v1';

/** What the model answers to each scene's word, one answer after each output of a tool; in the end, words. */
const tick = (status: string): Output =>
  call('update_plan', { plan: [{ step: 'one', status }], explanation: 'So' });

/** What the model answers to each scene's word, one answer after each output of a tool; in the end, words. */
const SCENES: Readonly<Record<string, readonly (readonly Output[])[]>> = {
  think: [[reasoning('**One**', '**Two**', '**Three**'), words]],
  run: [[words, call('exec_command', { cmd: 'echo a; sleep 0.3; echo b', ...escalated })]],
  edit: [[words, patch(PATCH)]],
  ask: [[words, call('request_user_input', { questions: [question] })]],
  plan: [[words, tick('in_progress')], ...Array.from({ length: 4 }, () => [tick('completed')])],
  agent: [
    [words, call('spawn_agent', { message: 'look' }, AGENTS)],
    [call('spawn_agent', { message: 'measure' }, AGENTS)],
  ],
  look: [[call('exec_command', { cmd: 'grep -n old a.txt' })]],
  measure: [[call('exec_command', { cmd: 'echo a', ...escalated })]],
};

/** Goes through the motions of the demo's scenes, so that a real Codex does. */
function script({ text, outputs, answered }: Asked): readonly Output[] | number {
  if (text === 'fail') return 400;
  if (answered) return [];
  if (text === 'agent' && outputs.length === 2) {
    const targets = outputs.map((output) => /agent_id\\*":\\*"([^"\\]+)/.exec(output)?.[1]);
    return [call('wait_agent', { targets, timeout_ms: 60_000 }, AGENTS)];
  }
  return SCENES[text]?.[outputs.length] ?? [words];
}

/** A real app-server on stdio with that model behind it. It asks for nothing that the demo has not. */
export async function startCodex(t: Test, command: string): Promise<Runtime> {
  const model = await startModel(script);
  const root = realpathSync(stateFolder(t));
  const [home, work] = [path.join(root, 'home'), path.join(root, 'work')];
  for (const folder of [home, work]) mkdirSync(folder);
  writeFileSync(path.join(work, 'a.txt'), 'old\n');
  writeFileSync(path.join(home, 'config.toml'), config(portOf(model)));
  const codex = Runtime.spawn([command, 'app-server'], { CODEX_HOME: home, HOME: root, TERM: 'dumb' }, work);
  t.teardown(async () => {
    await codex.kill();
    model.closeAllConnections();
    model.close();
  });
  return codex;
}

function config(port: number): string {
  return `
    model = "gpt-5.5"
    model_provider = "mock"
    approval_policy = "on-request"
    sandbox_mode = "read-only"
    [model_providers.mock]
    name = "mock"
    base_url = "http://127.0.0.1:${port}/v1"
    wire_api = "responses"
    request_max_retries = 0
    stream_max_retries = 0
    [features]
    multi_agent = true
    apply_patch_streaming_events = true
    default_mode_request_user_input = true
    [tools.update_plan]
    enabled = true
  `;
}
