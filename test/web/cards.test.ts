import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { FORM_FIELDS_MAX } from '../../web/limits.js';
import { desktop, noBrowser, openBrowser, openPage } from './browser.js';
import { pageBroker } from './demo.js';
import { OwnerClient } from './owner.js';

const RUNTIME = fileURLToPath(new URL('asking-runtime.mjs', import.meta.url));

interface Case {
  readonly method: string;
  readonly params: object;
  /** The heading of the card. */
  readonly title: string;
  /** What else must be read there. */
  readonly says: readonly string[];
  /** What a person does with the card. */
  readonly act: (card: Locator) => Promise<void>;
  /** What the runtime is answered. */
  readonly result: object;
}

const press =
  (name: string) =>
  async (card: Locator): Promise<void> =>
    await card.getByRole('button', { name }).click();

const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['npm', 'test'] } };
const elicitation = { serverName: 'tickets', turnId: null, _meta: null, message: 'Which ticket?' };

const TOO_MANY = Object.fromEntries(
  Array.from({ length: FORM_FIELDS_MAX + 1 }, (_, at) => [`f${at}`, { type: 'string' }]),
);

const CASES: readonly Case[] = [
  {
    method: 'item/commandExecution/requestApproval',
    params: {
      command: 'npm test <b>&</b>',
      cwd: '/srv/app',
      reason: 'May I?',
      additionalPermissions: { network: { enabled: true }, fileSystem: null },
      availableDecisions: ['accept', amendment],
    },
    title: 'Run this command?',
    says: ['npm test <b>&</b>', 'May I?', '/srv/app', 'Use the network'],
    act: press('Allow, and always such commands'),
    result: { decision: amendment },
  },
  {
    method: 'item/commandExecution/requestApproval',
    params: { networkApprovalContext: { host: 'example.org', protocol: 'https' } },
    title: 'Reach example.org?',
    says: ['https to example.org'],
    act: press('Stop the turn'),
    result: { decision: 'cancel' },
  },
  {
    method: 'item/fileChange/requestApproval',
    params: { itemId: 'gone', reason: null, grantRoot: '/srv/other' },
    title: 'Change files?',
    says: ['/srv/other'],
    act: press('Allow for this session'),
    result: { decision: 'acceptForSession' },
  },
  {
    method: 'item/permissions/requestApproval',
    params: {
      cwd: '/srv/app',
      reason: 'To look',
      permissions: { network: null, fileSystem: { read: ['/etc/hosts'], write: null } },
    },
    title: 'Grant these rights?',
    says: ['Read /etc/hosts'],
    act: press('Grant for this session'),
    result: { permissions: { fileSystem: { read: ['/etc/hosts'], write: null } }, scope: 'session' },
  },
  {
    method: 'item/tool/requestUserInput',
    params: {
      questions: [
        {
          id: 'q',
          header: 'Word',
          question: 'Which?',
          isOther: true,
          isSecret: true,
          options: [{ label: 'One', description: 'd' }],
        },
      ],
    },
    title: 'The agent asks you',
    says: ['Which?', 'One'],
    act: async (card) => {
      await card.locator('input[type=password]').fill('my own');
      await card.getByRole('button', { name: 'Answer', exact: true }).click();
    },
    result: { answers: { q: { answers: ['my own'] } } },
  },
  {
    method: 'mcpServer/elicitation/request',
    params: {
      ...elicitation,
      mode: 'form',
      requestedSchema: {
        type: 'object',
        required: ['id'],
        properties: {
          id: { type: 'integer', title: 'Number', minimum: 1 },
          urgent: { type: 'boolean', title: 'Urgent' },
        },
      },
    },
    title: 'tickets asks you',
    says: ['Which ticket?'],
    act: async (card) => {
      await card.getByRole('button', { name: 'Send' }).click();
      await card.getByText('This is needed.').waitFor();
      await card.getByLabel('Number').fill('7');
      await card.getByText('Urgent').click();
      await card.getByRole('button', { name: 'Send' }).click();
    },
    result: { action: 'accept', content: { id: 7, urgent: true }, _meta: null },
  },
  {
    method: 'mcpServer/elicitation/request',
    params: { ...elicitation, mode: 'url', url: 'https://example.org/ticket', elicitationId: 'e' },
    title: 'tickets asks you',
    says: ['https://example.org/ticket'],
    act: press('I have done it'),
    result: { action: 'accept', content: null, _meta: null },
  },
  {
    method: 'mcpServer/elicitation/request',
    params: { ...elicitation, mode: 'url', url: 'javascript:alert(1)', elicitationId: 'e' },
    title: 'tickets asks you',
    says: ['not one of the web'],
    act: async (card) => {
      if ((await card.locator('a').count()) > 0) throw new Error('there is a link');
      if ((await card.getByRole('button', { name: 'I have done it' }).count()) > 0)
        throw new Error('it can be accepted');
      await card.getByRole('button', { name: 'Decline' }).click();
    },
    result: { action: 'decline', content: null, _meta: null },
  },
  {
    method: 'mcpServer/elicitation/request',
    params: {
      ...elicitation,
      mode: 'openai/form',
      requestedSchema: { properties: { a: { type: 'object' } } },
    },
    title: 'tickets asks you',
    says: ['"object"'],
    act: press('Cancel'),
    result: { action: 'cancel', content: null, _meta: null },
  },
  {
    method: 'execCommandApproval',
    params: {
      conversationId: 'c',
      callId: 'i',
      command: ['ls', '-l'],
      cwd: '/srv',
      reason: null,
      parsedCmd: [],
    },
    title: 'Run this command?',
    says: ['ls -l'],
    act: press('Decline'),
    result: { decision: { denied: { rejection: 'The user declined.' } } },
  },
  {
    method: 'applyPatchApproval',
    params: {
      conversationId: 'c',
      callId: 'i',
      fileChanges: { 'a.txt': { type: 'add', content: 'hi' } },
      reason: null,
      grantRoot: null,
    },
    title: 'Change files?',
    says: ['a.txt'],
    act: press('Allow once'),
    result: { decision: 'approved' },
  },
  {
    method: 'item/commandExecution/requestApproval',
    params: {
      command: `ls \u202Eevil\u200b${' '.repeat(5000)}; rm -rf ~`,
      cwd: '/srv/\u2066app',
      kind: 'constructor',
    },
    title: 'Run this command?',
    says: ['ls ⟨U+202E⟩evil⟨U+200B⟩ ⟨5000 spaces or empty lines⟩ ; rm -rf ~', '/srv/⟨U+2066⟩app'],
    act: press('Decline'),
    result: { decision: 'decline' },
  },
  {
    method: 'item/commandExecution/requestApproval',
    params: { command: `${'x'.repeat(30_000)}; rm -rf ~`, cwd: 5, availableDecisions: 'odd' },
    title: 'Run this command?',
    says: ['more characters'],
    act: async (card) => {
      await card.getByRole('button', { name: 'Show all' }).click();
      await card.getByText('; rm -rf ~').waitFor();
      await card.getByRole('button', { name: 'Decline' }).click();
    },
    result: { decision: 'decline' },
  },
  {
    method: 'mcpServer/elicitation/request',
    params: { ...elicitation, mode: 'form', requestedSchema: { properties: TOO_MANY } },
    title: 'tickets asks you',
    says: ['"f100"'],
    act: async (card) => {
      if ((await card.locator('input').count()) > 0) throw new Error('there is a form');
      await card.getByRole('button', { name: 'Decline' }).click();
    },
    result: { action: 'decline', content: null, _meta: null },
  },
  {
    method: 'applyPatchApproval',
    params: {
      fileChanges: { '\u202Etxt': null, b: { type: 'update', unified_diff: 5, move_path: '/etc/x' } },
    },
    title: 'Change files?',
    says: ['⟨U+202E⟩txt', '/etc/x'],
    act: press('Decline'),
    result: { decision: { denied: { rejection: 'The user declined.' } } },
  },
  {
    method: 'constructor',
    params: { odd: [1, 2] },
    title: 'The agent asks: constructor',
    says: ['"odd"'],
    act: press('Decline'),
    result: { decision: 'decline' },
  },
  {
    method: 'item/later/requestSomething',
    params: { odd: [1, 2] },
    title: 'The agent asks: item/later/requestSomething',
    says: ['"odd"'],
    act: press('Decline'),
    result: { decision: 'decline' },
  },
];

const cards = (page: Page): Locator => page.locator('.request:not(.request-resolved)');

void t.test('each kind of request has a card, and its answer arrives', { skip: noBrowser }, async (t) => {
  const browser = await openBrowser(t);
  const broker = await pageBroker(t, { runtime: [process.execPath, RUNTIME] });
  const owner = await OwnerClient.connect(t, broker.origin, broker.token, 'editor');
  const { code } = (await owner.call('broker/pairing/start', { name: 'tablet', role: 'observer' })) as {
    code: string;
  };
  const still = { ...desktop, reducedMotion: 'reduce' } as const;
  const { page, complaints } = await openPage(browser, still);
  const watching = await openPage(browser, still);
  await page.goto(broker.link);
  await watching.page.goto(`${broker.origin}/#pair=${code}`);
  for (const each of [page, watching.page]) {
    await each.getByRole('link', { name: 'Everything there is to ask' }).click();
    await each.locator('main[data-phase="live"]').waitFor();
  }
  t.equal(await watching.page.locator('#composer').count(), 0, 'an observer cannot write');
  await watching.page.getByText('You are looking on').waitFor();

  for (const { method, params, title, says, act, result } of CASES) {
    const answered = owner.call('fake/ask', { method, params });
    const card = cards(page).filter({ has: page.getByRole('heading', { name: title, exact: true }) });
    await card.waitFor();
    for (const words of says) t.match(await card.textContent(), words, `${title} ${words}`);
    const seen = cards(watching.page);
    await seen.getByText('you are looking on').waitFor();
    t.equal(await seen.locator('.choices').count(), 0, 'an observer sees it without buttons to answer with');
    await act(card);
    t.same(((await answered) as { result: object }).result, result, title);
    await seen.waitFor({ state: 'detached' });
  }
  t.same([...complaints, ...watching.complaints], []);
});
