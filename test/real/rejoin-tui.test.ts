import { setTimeout as wait } from 'node:timers/promises';
import tap from 'tap';
import { statusResult } from '../../protocol/schemas.js';
import { text } from '../codex/json.js';
import { status } from '../conformance/scenarios/steps.js';
import type { Terminal } from '../support/tmux.js';
import { CuttableWire } from './cuttable.js';
import { attach, setStage, startBroker } from './stage.js';
import { noTui, prompt, startTui } from './tui.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const CUTS = LONG ? 4 : 1;
/** What is said before, during and after each cut: few enough for one screen, all together. */
const PART = LONG ? 40 : 84;
/** How long the TUI finds nobody. */
const CUT_MS = 1_500;

const words = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `w${from + at} `);

/** The screen once all words up to that one are on it, one after the other. */
async function showsAll(tui: Terminal, last: number): Promise<string> {
  return await tui.shows(new RegExp(`\\b${words(1, last).join('').trim().replaceAll(' ', '\\s+')}\\b`));
}

/** How many words there are on a screen. */
function count(screen: string): number {
  return [...screen.matchAll(/\bw\d+\b/g)].length;
}

void tap.test('the Codex TUI in the middle of a turn', { skip: noTui }, async (suite) => {
  const stage = await setStage(suite);
  const { cli, url } = await startBroker(suite, stage);
  const client = await attach(suite, url, 'client');
  const wire = await CuttableWire.to(suite, url);
  const tui = await startTui(suite, stage, ['--remote', wire.url]);

  await suite.test('cut off, it has every word so far when it is back', async (t) => {
    const held = stage.model.hold('count');
    await prompt(tui, 'count');
    const threadId = text(await client.notification('thread/started'), 'thread', 'id');
    const model = await held;
    let last = 0;
    const say = (): void => {
      model.say(...words(last + 1, last + PART));
      last += PART;
    };
    for (let cut = 0; cut < CUTS; cut += 1) {
      say();
      await showsAll(tui, last);
      wire.cut();
      say();
      await wait(CUT_MS);
      await wire.mend();
      t.equal(count(await showsAll(tui, last)), last, 'every word so far, once');
    }
    say();
    t.equal(count(await showsAll(tui, last)), last, 'and each that follows');
    model.finish();
    await status([client], threadId, 'idle');
    t.equal(count(await showsAll(tui, last)), last, 'and no other at the end');
  });

  await suite.test('the runtime killed, its spinner ends', async (t) => {
    const held = stage.model.hold('think');
    await prompt(tui, 'think');
    await held;
    await tui.shows(/esc to interrupt/);
    const { runtime } = statusResult.parse(await client.call('broker/status', {}));
    process.kill(Number(/\(pid (\d+)\)/.exec(runtime.label)?.[1]), 'SIGKILL');
    await tui.hides(/esc to interrupt/);
    await tui.shows(/was ended by SIGKILL/);
    await cli.stderr.take('the return', (line) => line.includes('the runtime is back'));
    await prompt(tui, 'hello again');
    await tui.shows('• You said hello again');
    t.pass('and its thread goes on');
  });
});
