import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { desktop, openPage, type OpenPage } from './browser.js';

/** Where pictures are kept when they are asked for: `npm run pictures`. */
const PICTURES = process.env['THREADCAST_PICTURES'];

/** The mirror in a browser, as a person has it: what is on it, and what can be touched. */
export class Mirror {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that nobody caught, and what the page's policy has stopped. */
  readonly complaints: readonly string[];
  readonly #touch: boolean;

  private constructor({ page, complaints }: OpenPage, touch: boolean) {
    this.page = page;
    this.context = page.context();
    this.complaints = complaints;
    this.#touch = touch;
  }

  /** Opens that link. */
  static async open(
    browser: Browser,
    link: string,
    options: BrowserContextOptions = desktop,
  ): Promise<Mirror> {
    const opened = await openPage(browser, options);
    await opened.page.goto(link);
    return new Mirror(opened, options.hasTouch === true);
  }

  /** The thread of that name or first message, from the list. */
  async openThread(name: string): Promise<void> {
    await this.#hit(this.page.getByRole('link', { name }).first());
    await this.page.locator('main[data-phase="live"]').waitFor();
  }

  /** Writes a message, and sends it: with the button on a phone, with Enter elsewhere. */
  async say(words: string): Promise<void> {
    const composer = this.page.locator('#composer');
    await this.#hit(composer);
    await composer.fill(words);
    if (this.#touch) await this.#hit(this.page.locator('.composer .send'));
    else await composer.press('Enter');
  }

  /** Waits until these words stand in the thread. */
  async shows(words: string): Promise<void> {
    await this.thread.getByText(words).last().waitFor();
  }

  /** The open requests. */
  get cards(): Locator {
    return this.page.locator('.request:not(.request-resolved)');
  }

  /** Those that were answered a moment ago. */
  get resolved(): Locator {
    return this.page.locator('.request-resolved');
  }

  /** Answers the only open request by the button of that name. */
  async decide(name: string | RegExp): Promise<void> {
    await this.#hit(this.cards.getByRole('button', { name }));
  }

  /** The thread's own text. */
  get thread(): Locator {
    return this.page.getByRole('main');
  }

  /** What the agent has said, as far as it is drawn. */
  async answers(): Promise<string> {
    return (await this.thread.getByRole('article', { name: 'Agent' }).allInnerTexts()).join('\n');
  }

  get bar(): Locator {
    return this.page.locator('.bar');
  }

  /** Writes down what the bar says from now on; what is given tells it so far. */
  async barFromNowOn(): Promise<() => Promise<string[]>> {
    const texts = await this.bar.evaluateHandle((bar) => {
      const told: string[] = [];
      const note = (): void => {
        const text = bar.querySelector('.bar-text')?.textContent ?? '';
        if (told.at(-1) !== text) told.push(text);
      };
      new MutationObserver(note).observe(bar, { subtree: true, childList: true, characterData: true });
      return told;
    });
    return async () => await texts.jsonValue();
  }

  /** Keeps a picture of the screen under that name, where pictures are asked for. */
  async picture(name: string): Promise<void> {
    if (PICTURES !== undefined)
      await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`), animations: 'disabled' });
  }

  async #hit(what: Locator): Promise<void> {
    if (this.#touch) await what.tap();
    else await what.click();
  }
}

/** The link that a broker on this state dir prints: the token stands in the fragment. */
export async function linkOf(url: string, stateDir: string): Promise<string> {
  const token = (await readFile(path.join(stateDir, 'token'), 'utf8')).trim();
  return `${url.replace(/^ws/, 'http')}/#token=${token}`;
}

/** Keeps what a terminal shows as text, where pictures are asked for. */
export async function keepScreen(name: string, screen: string): Promise<void> {
  if (PICTURES !== undefined) await writeFile(path.join(PICTURES, `${name}.txt`), `${screen.trimEnd()}\n`);
}
