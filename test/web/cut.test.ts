import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { RING_BYTES_MIN } from '../../protocol/limits.js';
import { setStage, startBroker } from '../real/stage.js';
import { noTui, prompt, startTui } from '../real/tui.js';
import { noBrowser, openBrowser } from './browser.js';
import { linkOf, Mirror } from './mirror.js';

const SKIP = noTui === false ? noBrowser : noTui;
/** How long the network is away at least. */
const CUT_MS = 5_000;
/** What is said before and after each cut. */
const PART = 60;

/** `name` is the letter that its words begin with. All of them fit on the TUI's screen. */
const CASES = [
  { what: 'for 5 s: it has missed nothing', name: 'a', away: PART, back: /missed nothing/ },
  // At some 290 bytes a word.
  { what: 'for longer than the log holds: all is loaded anew', name: 'b', away: 300, back: /loaded anew/ },
];

/** A screen that has all words of that name once and in order: what it draws in between has some of them twice. */
function wordsAlone(name: string, last: number): RegExp {
  const none = `(?:(?!\\b${name}\\d+\\b)[^])*`;
  const all = Array.from({ length: last }, (_, at) => `${name}${at + 1}`).join('\\s+');
  return new RegExp(`^${none}\\b${all}\\b${none}$`);
}

void t.test('a page whose network is cut in the middle of a turn', { skip: SKIP }, async (suite) => {
  const stage = await setStage(suite);
  const ring = ['--ring-bytes', String(RING_BYTES_MIN), '--memory-bytes', String(4 * RING_BYTES_MIN)];
  const { url } = await startBroker(suite, stage, { access: [], options: ring });
  const browser = await openBrowser(suite);
  const mirror = await Mirror.open(browser, await linkOf(url, stage.stateDir));
  const tui = await startTui(suite, stage, ['--remote', `unix://${stage.stateDir}/threadcast.sock`]);
  await prompt(tui, 'hello');
  await mirror.openThread('hello');

  for (const { what, name, away, back } of CASES) {
    await suite.test(what, async (t) => {
      const held = stage.model.hold(`count ${name}`);
      await prompt(tui, `count ${name}`);
      const model = await held;
      let last = 0;
      const say = async (count: number): Promise<void> => {
        model.say(...Array.from({ length: count }, (_, at) => `${name}${last + at + 1} `));
        last += count;
        await tui.shows(new RegExp(`\\b${name}${last}\\b`));
      };
      await say(PART);
      await mirror.shows(`${name}${last}`);
      const told = await mirror.barFromNowOn();

      await mirror.context.setOffline(true);
      await Promise.all([say(away), wait(CUT_MS)]);
      await mirror.bar.getByText(/^Cut: .* This device is offline\./).waitFor();
      const meanwhile = await told();
      await mirror.context.setOffline(false);
      await mirror.bar.getByText(back).waitFor();
      await mirror.shows(`${name}${last}`);
      t.same(
        meanwhile
          .slice(meanwhile.findIndex((text) => /does not answer/.test(text)))
          .filter((text) => /^(Live|Back|Catching)/.test(text)),
        [],
        'once it has no answer it does not call itself live',
      );
      await say(PART);
      model.finish();
      await mirror.shows(`${name}${last}`);

      const numbered = new RegExp(`\\b${name}\\d+\\b`, 'g');
      const onTui = (await tui.shows(wordsAlone(name, last))).match(numbered) ?? [];
      t.equal(onTui.length, last, 'the TUI has every word once');
      t.same((await mirror.answers()).match(numbered), onTui, 'and the page what the TUI has');
    });
  }
});
