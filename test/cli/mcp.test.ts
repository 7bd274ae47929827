import t from 'tap';
import { MESSAGE_BYTES_MAX } from '../../protocol/limits.js';
import { tempDir } from './broker.js';
import { failed, LIST, McpClient, READ, SEND, team, worked, type Answer } from './mcp-client.js';

void t.test('the tools say what they do to whoever decides about them', async (t) => {
  const { client } = await McpClient.start(t, tempDir(t));
  const { tools } = await client.listTools();
  const safe = { destructiveHint: false, openWorldHint: false };
  t.match(tools, [
    { name: LIST, annotations: { ...safe, readOnlyHint: true } },
    { name: SEND, annotations: { ...safe, readOnlyHint: false, idempotentHint: false } },
    { name: READ, annotations: { ...safe, readOnlyHint: true } },
  ]);
  t.equal(tools.length, 3);
});

void t.test('an operator and who is attached to it', async (suite) => {
  const its = await team(suite);

  await suite.test('who is attached, seen from both ends', async (t) => {
    const { mcp, operator, reviewer, writer, stranger, reviewing, writing } = its;
    const { text, isError } = await mcp.use(operator, LIST);
    t.notOk(isError);
    t.same(text.split('\n'), [
      `- attachment ${reviewing}: your child thread ${reviewer}, role "Reviewer", replies come as messages, titled "reviewer", idle`,
      `- attachment ${writing}: your child thread ${writer}, name "Ann \\"the pen\\"", titled "writer", idle`,
    ]);
    t.same(await mcp.use(reviewer, LIST), {
      isError: false,
      text: `- attachment ${reviewing}: your parent thread ${operator}, your role "Reviewer", replies come as messages, titled "operator", idle`,
    });
    t.match(await mcp.use(stranger, LIST), worked(/^No thread is attached/));
  });

  await suite.test('whose name it acts in', async (t) => {
    const { stateDir, mcp, operator, reviewer } = its;
    const unnamed = failed(/^It is not known which thread this is.* threadcast mcp --thread ID$/);
    t.match(await mcp.use(null, LIST), unnamed);
    t.match(await mcp.use('', LIST), unnamed);
    const own = await McpClient.start(t, stateDir, ['--thread', reviewer]);
    const asReviewer = worked(/your parent thread/);
    t.match(await own.use(null, LIST), asReviewer);
    t.match(await own.use(reviewer, LIST), asReviewer);
    for (const [tool, args] of [
      [LIST, {}],
      [READ, { attachment: 'parent' }],
      [SEND, { attachment: 'parent', message: 'hello' }],
    ] as const) {
      t.match(await own.use(operator, tool, args), failed(new RegExp(`acts for thread ${reviewer} alone`)));
      t.match(
        await mcp.use(reviewer, tool, { ...args, threadId: operator }),
        failed(/Unrecognized key/),
        'the arguments choose nobody',
      );
    }
  });

  await suite.test('a thread that is not attached to this one is nobody', async (t) => {
    const { mcp, operator, reviewer, stranger, visitor, reviewing, attach } = its;
    const theirs = await attach(stranger, visitor);
    for (const attachment of ['no such thread', stranger, theirs, 'Reviewer', 'constructor', '../x', ' ']) {
      const nobody = failed(
        /^No thread that is attached to this one is called ".*"\. There are:\n- attachment/,
      );
      t.match(await mcp.use(reviewer, READ, { attachment }), nobody);
      t.match(await mcp.use(reviewer, SEND, { attachment, message: 'hello' }), nobody);
    }
    t.match(await mcp.use(operator, READ, { attachment: 'parent' }), failed(/is called "parent"/));
    t.match(await mcp.use('no-such-thread', READ, { attachment: reviewing }), failed(/There is none\.$/));
    t.match(
      await mcp.use(operator, READ, { attachment: '\u001B[2J\n* ran rm' }),
      failed(/is called "\uFFFD\[2J \* ran rm"/),
    );
  });

  await suite.test('a message there, and what became of it', async (t) => {
    const { mcp, operator, reviewer, writer, reviewing } = its;
    const waited = await mcp.use(operator, SEND, {
      attachment: 'reviewer ',
      message: 'a long 2\nthere',
      wait: true,
    });
    t.match(
      waited,
      worked(/^The turn has ended\. Its last message .* also comes to this thread as a message\.\n {2}/),
    );
    t.match(await mcp.use(operator, READ, { attachment: reviewing }), {
      isError: false,
      text: /^attachment .*: your child thread .*\nStatus: idle\nOlder turns: none\n\nuser:\n {2}\[Message from .*\].*\n( {2}.*\n)+agent:\n {2}/,
    });

    const sent = await mcp.use(operator, SEND, { attachment: reviewer, message: 'long 2' });
    t.match(
      sent,
      worked(
        new RegExp(
          `^Sent as message \\S+; it is in turn \\S+ of your child thread ${reviewer}\\. .* by itself`,
        ),
      ),
    );
    const plain = await mcp.use(operator, SEND, { attachment: 'ann "the PEN"', message: 'long 2' });
    t.match(plain, worked(new RegExp(`thread ${writer}\\. The answer is not sent to this thread: look`)));
    t.match(
      await mcp.use(writer, SEND, { attachment: 'parent', message: 'long 2' }),
      worked(new RegExp(`of your parent thread ${operator}\\.`)),
    );
  });

  await suite.test('errors of the broker come with what can be done', async (t) => {
    const { mcp, operator, reviewer, writing } = its;
    t.match(await mcp.use(operator, SEND, { attachment: writing, message: '\uD800' }), { isError: true });
    await mcp.use(operator, SEND, { attachment: 'Reviewer', message: 'run it' });
    t.match(
      await mcp.use(reviewer, SEND, { attachment: 'parent', message: 'done' }),
      failed(/\(waitCycle\)\. End your turn with the answer instead/),
    );
    t.match(
      await mcp.use(operator, READ, { attachment: 'Reviewer' }),
      worked(/\nStatus: a turn is running, waitingOnApproval\n/),
    );
  });

  await suite.test('a role that two have names neither', async (t) => {
    const { mcp, operator, twin, reviewing, attach } = its;
    const second = await attach(operator, twin, { displayName: 'reviewer' });
    const { text, isError } = await mcp.use(operator, SEND, { attachment: 'Reviewer', message: 'hello' });
    t.match({ text, isError }, failed(/^"Reviewer" can be several\. Name one by its id:\n/));
    for (const id of [reviewing, second]) t.ok(text.includes(id));
    t.match(await mcp.use(operator, SEND, { attachment: second, message: 'hello' }), { isError: false });
  });
});

void t.test('turns page by page, each cursor for its thread alone', async (t) => {
  const { mcp, operator, writer } = await team(t);
  for (const message of ['long 1 one', 'long 1 two', 'long 1 three']) {
    t.match(await mcp.use(operator, SEND, { attachment: writer, message, wait: true }), { isError: false });
  }
  const page = async (more: object): Promise<Answer> =>
    await mcp.use(operator, READ, { attachment: writer, ...more });
  const newest = await page({ limit: 1 });
  t.match(newest, worked(/\n {2}long 1 three\nagent:/));
  t.notMatch(newest.text, /two/);
  const cursor = /^Older turns: cursor (\S+)$/m.exec(newest.text)?.[1] ?? '';
  const older = await page({ limit: 2, cursor });
  t.match(older, worked(/\nOlder turns: none\n[^]* {2}long 1 one\n[^]* {2}long 1 two\n/));
  t.notMatch(older.text, /three/);

  t.match(await page({ cursor: 'older-99' }), failed(/"older-99" is not, or no longer, one of this thread/));
  t.match(
    await mcp.use(operator, READ, { attachment: 'Reviewer', cursor }),
    failed(/is not, or no longer, one of this thread/),
  );
  t.match(await page({ limit: 11 }), failed(/limit|Too big/));
});

void t.test('a message may be so long and no longer', async (t) => {
  const { mcp, operator, writing } = await team(t);
  const around = JSON.stringify([{ type: 'text', text: '', text_elements: [] }]).length;
  const longest = MESSAGE_BYTES_MAX - around;
  const send = async (chars: number): Promise<Answer> =>
    await mcp.use(operator, SEND, {
      attachment: writing,
      message: `long 1 ${'x'.repeat(chars - 7)}`,
      wait: true,
    });
  t.match(await send(longest), { isError: false });
  t.match(await send(longest + 1), failed(/\(tooLarge\)\. Send less/));
  const { text } = await mcp.use(operator, READ, { attachment: writing });
  t.match(text, / characters left out …\]\n {2}x/);
  t.ok(text.length < 8_000, `${text.length} characters`);
});
