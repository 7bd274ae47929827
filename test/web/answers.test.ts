import { existsSync } from 'node:fs';
import t from 'tap';
import {
  commandChoices,
  elicitationChoices,
  fileChoices,
  legacyChoices,
  permissionChoices,
} from '../../web/requests/choices.js';
import type { Choice } from '../../web/requests/choices.js';
import { FORM_FIELDS_MAX, FORM_OPTIONS_MAX } from '../../web/limits.js';
import { complaintOf, contentOf, fieldsOf, webLink } from '../../web/requests/form.js';
import type { Field } from '../../web/requests/form.js';
import { permissionLines } from '../../web/requests/permissions.js';
import { answersOf, NO_ANSWERS, questionsOf } from '../../web/requests/questions.js';
import { parse } from '../codex/json.js';
import { findCodex } from '../demo/real-codex.js';
import { printSchemas, Schema } from '../demo/schema.js';

const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['npm', 'test'] } };
const network = {
  applyNetworkPolicyAmendment: { network_policy_amendment: { host: 'example.org', action: 'deny' } },
};
const RIGHTS = {
  network: { enabled: true },
  fileSystem: {
    read: ['/etc/hosts'],
    write: null,
    entries: [{ path: { type: 'special', value: { kind: 'root' } }, access: 'read' }],
  },
};

const labels = (choices: readonly Choice[]): string[] => choices.map(({ label }) => label);
const decisions = (choices: readonly Choice[]): unknown[] =>
  choices.map(({ result }) => (result as { decision: unknown }).decision);

t.test('a command may be answered as the request says, in its order, and no other way', async (t) => {
  const offered = ['accept', amendment, network, 'cancel', 'somethingNew', { later: { x: 1 } }];
  const choices = commandChoices({ availableDecisions: offered });
  t.same(decisions(choices), offered);
  t.same(labels(choices), [
    'Allow once',
    'Allow, and always such commands',
    'Never allow example.org',
    'Stop the turn',
    'somethingNew',
    'later',
  ]);
  t.same(labels(commandChoices({ availableDecisions: ['constructor'] })), ['constructor']);
  t.equal(choices[1]?.detail, 'npm test …');
  t.equal(new Set(choices.map(({ id }) => id)).size, offered.length, 'their ids differ');
  const all = ['accept', 'acceptForSession', 'decline', 'cancel'];
  t.same(decisions(commandChoices({})), all);
  t.same(decisions(commandChoices({ availableDecisions: [] })), all);
  t.same(decisions(fileChoices({})), all);
  t.equal(fileChoices({ grantRoot: '/srv' })[1]?.detail, 'and further changes in /srv');
});

t.test('rights are granted as they were asked for, or not at all', async (t) => {
  const [turn, session, none] = permissionChoices({ permissions: RIGHTS }).map(({ result }) => result);
  t.same(turn, { permissions: RIGHTS, scope: 'turn' });
  t.same(session, { permissions: RIGHTS, scope: 'session' });
  t.same(none, { permissions: {}, scope: 'turn' });
  const [without] = permissionChoices({ permissions: { network: null, fileSystem: RIGHTS.fileSystem } });
  t.same(without?.result, { permissions: { fileSystem: RIGHTS.fileSystem }, scope: 'turn' });
  t.same(permissionLines(RIGHTS), ['Use the network', 'Read /etc/hosts', 'Read the whole disk']);
  t.same(permissionLines(null), []);
});

const QUESTIONS = {
  questions: [
    {
      id: 'a',
      header: 'A',
      question: 'Which?',
      isOther: true,
      isSecret: false,
      options: [{ label: 'One', description: '' }],
    },
    { id: 'b', header: 'B', question: 'Say it.', isOther: false, isSecret: true, options: null },
  ],
};

t.test('questions are answered when each of them is', async (t) => {
  const questions = questionsOf(QUESTIONS);
  t.equal(answersOf(questions, new Map([['a', { option: 'One' }]])), null);
  t.equal(
    answersOf(
      questions,
      new Map([
        ['a', { option: 'One' }],
        ['b', { words: '  ' }],
      ] as const),
    ),
    null,
  );
  const answers = answersOf(
    questions,
    new Map([
      ['a', { words: ' Two ' }],
      ['b', { words: 'x' }],
    ]),
  );
  t.same(answers, { answers: { a: { answers: ['Two'] }, b: { answers: ['x'] } } });
  t.same(questionsOf({ questions: 'none' }), []);
});

const FORM = {
  type: 'object',
  required: ['name', 'count'],
  properties: {
    name: { type: 'string', title: 'Name', minLength: 2 },
    mail: { type: 'string', format: 'email' },
    at: { type: 'string', format: 'date-time' },
    count: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
    sure: { type: 'boolean', default: true },
    colour: { type: 'string', enum: ['r', 'g'], enumNames: ['Red', 'Green'] },
    size: { type: 'string', oneOf: [{ const: 's', title: 'Small' }] },
    tags: { type: 'array', items: { anyOf: [{ const: 'x', title: 'X' }] }, maxItems: 1 },
  },
};

/** The field of that name. */
function named(fields: readonly Field[] | null, name: string): Field {
  const field = fields?.find((each) => each.name === name);
  if (field === undefined) throw new Error(`there is no field ${name}`);
  return field;
}

t.test('a form has a field for each plain value, and says what is wrong', async (t) => {
  const fields = fieldsOf(FORM);
  t.same(
    fields?.map(({ kind }) => kind),
    ['text', 'text', 'text', 'integer', 'boolean', 'one', 'one', 'many'],
  );
  t.same(named(fields, 'colour').options, [
    { value: 'r', title: 'Red' },
    { value: 'g', title: 'Green' },
  ]);
  t.equal(complaintOf(named(fields, 'name'), ''), 'This is needed.');
  t.equal(complaintOf(named(fields, 'name'), 'a'), 'At least 2 characters.');
  t.equal(complaintOf(named(fields, 'mail'), ''), null);
  t.equal(complaintOf(named(fields, 'count'), '10'), 'At most 9.');
  t.equal(complaintOf(named(fields, 'count'), '1.5'), 'This is no whole number.');
  t.equal(complaintOf(named(fields, 'at'), 'never'), 'This is no time.');
  t.equal(complaintOf(named(fields, 'tags'), ['x', 'x']), 'At most 1 choices.');
  const values = new Map<string, string | boolean | string[]>([
    ['name', 'Ada'],
    ['at', '2026-01-02T03:04Z'],
    ['tags', ['x']],
  ]);
  t.same(contentOf(fields ?? [], values), {
    name: 'Ada',
    at: '2026-01-02T03:04:00.000Z',
    count: 3,
    sure: true,
    tags: ['x'],
  });
});

t.test('what is no form of plain values has none', async (t) => {
  t.equal(fieldsOf({ properties: { a: { type: 'object' } } }), null);
  t.equal(fieldsOf({ properties: { a: { type: 'array', items: { type: 'string' } } } }), null);
  t.equal(fieldsOf({ properties: { a: 'odd' } }), null);
  const many = (count: number): object => ({
    properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, { type: 'string' }])),
  });
  t.equal(fieldsOf(many(FORM_FIELDS_MAX))?.length, FORM_FIELDS_MAX);
  t.equal(fieldsOf(many(FORM_FIELDS_MAX + 1)), null, 'more than a person fills in');
  const choice = (count: number): object => ({
    properties: { a: { type: 'string', enum: Array.from({ length: count }, (_, at) => `${at}`) } },
  });
  t.equal(fieldsOf(choice(FORM_OPTIONS_MAX))?.length, 1);
  t.equal(fieldsOf(choice(FORM_OPTIONS_MAX + 1)), null);
});

t.test('a link is one of the web, or none', async (t) => {
  t.equal(webLink('https://example.org/a'), 'https://example.org/a');
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'nonsense',
    '',
    null,
    7,
  ])
    t.equal(webLink(url), null, String(url));
});

const codex = await findCodex();
const skip = 'missing' in codex ? codex.missing : false;

t.test('every answer is one that Codex takes', { skip }, async (t) => {
  const folder = t.testdir();
  await printSchemas('command' in codex ? codex.command : '', folder);
  const form = { action: 'accept', content: { name: 'Ada' }, _meta: null };
  const answers: Readonly<Record<string, readonly object[]>> = {
    CommandExecutionRequestApprovalResponse: [
      ...commandChoices({}),
      ...commandChoices({ availableDecisions: [amendment, network] }),
    ].map(({ result }) => result),
    FileChangeRequestApprovalResponse: fileChoices({}).map(({ result }) => result),
    PermissionsRequestApprovalResponse: permissionChoices({ permissions: RIGHTS }).map(
      ({ result }) => result,
    ),
    ToolRequestUserInputResponse: [{ answers: { a: { answers: ['One'] } } }, NO_ANSWERS],
    McpServerElicitationRequestResponse: [form, ...elicitationChoices('Done').map(({ result }) => result)],
    ApplyPatchApprovalResponse: legacyChoices().map(({ result }) => result),
    ExecCommandApprovalResponse: legacyChoices().map(({ result }) => result),
  };
  for (const [name, results] of Object.entries(answers)) {
    t.ok(existsSync(`${folder}/${name}.json`), name);
    const schema = new Schema(folder, name);
    for (const result of results)
      t.same(schema.errors(parse(JSON.stringify(result))), [], JSON.stringify(result));
    t.not(schema.errors({ decision: 'perhaps', action: 1, scope: 1, answers: 1 }).length, 0, 'it does look');
  }
});
