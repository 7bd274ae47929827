import t from 'tap';
import { noTui, prompt, QUESTION, startTui } from '../real/tui.js';
import { setStage, startBroker } from '../real/stage.js';
import { noBrowser, openBrowser, phone as asPhone } from './browser.js';
import { keepScreen, linkOf, Mirror } from './mirror.js';

const SKIP = noTui === false ? noBrowser : noTui;

void t.test('the TUI, a desktop and a phone are on one thread', { skip: SKIP }, async (suite) => {
  const stage = await setStage(suite);
  const { url } = await startBroker(suite, stage, { access: [] });
  const browser = await openBrowser(suite);
  const link = await linkOf(url, stage.stateDir);
  const desktop = await Mirror.open(browser, link);
  const phone = await Mirror.open(browser, link, asPhone);
  const socket = `unix://${stage.stateDir}/threadcast.sock`;
  const tui = await startTui(suite, stage, ['--remote', socket]);

  await suite.test('a turn started on each appears on all the others', async (t) => {
    await prompt(tui, 'hello from the terminal');
    for (const mirror of [desktop, phone]) {
      await mirror.openThread('hello from the terminal');
      await mirror.shows('You said hello from the terminal');
    }
    await tui.shows('• You said hello from the terminal');

    await desktop.say('hello from the desktop');
    await Promise.all([
      desktop.shows('You said hello from the desktop'),
      phone.shows('You said hello from the desktop'),
      tui.shows('• You said hello from the desktop'),
    ]);

    await phone.say('hello from the phone');
    await Promise.all([
      phone.shows('You said hello from the phone'),
      desktop.shows('You said hello from the phone'),
      tui.shows('• You said hello from the phone'),
    ]);
    const screen = await tui.screen();
    for (const from of ['terminal', 'desktop', 'phone']) {
      t.match(await desktop.thread.innerText(), `hello from the ${from}`);
      t.match(await phone.thread.innerText(), `hello from the ${from}`);
      t.match(screen, `You said hello from the ${from}`);
    }
  });

  await suite.test('an approval answered on the phone clears on the desktop and in the TUI', async (t) => {
    await desktop.say('run true');
    await tui.shows(QUESTION);
    for (const mirror of [desktop, phone]) await mirror.cards.first().waitFor();
    t.match(await desktop.page.title(), /^\(1\)/);
    await keepScreen('one-thread-tui-asked', await tui.screen());
    await Promise.all([desktop.picture('one-thread-desktop-asked'), phone.picture('one-thread-phone-asked')]);

    await phone.decide('Allow once');
    await tui.hides(QUESTION);
    for (const mirror of [desktop, phone]) await mirror.cards.first().waitFor({ state: 'detached' });
    await desktop.resolved.first().waitFor();
    t.match(await desktop.resolved.first().innerText(), /Answered by Phone browser/);
    t.match(await phone.resolved.first().innerText(), /Answered by you/);
    for (const mirror of [desktop, phone]) await mirror.shows('true');
    await Promise.all([desktop.picture('one-thread-desktop'), phone.picture('one-thread-phone')]);
    await keepScreen('one-thread-tui', await tui.screen());
    for (const mirror of [desktop, phone]) t.same(mirror.complaints, []);
  });
});
