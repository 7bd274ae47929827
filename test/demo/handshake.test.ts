import t from 'tap';
import { member, text } from '../codex/json.js';
import { startDemo } from './runtime.js';

t.test('tells who it is, then warns that it is a demo', async (t) => {
  const demo = startDemo(t);
  const result = await demo.initialize();
  t.strictSame(Object.keys(result), ['userAgent', 'codexHome', 'platformFamily', 'platformOs']);
  t.match(result['userAgent'], /^tester\/0\.169\.0 .*\(tester; 1\)$/);
  const [warning, remote] = [
    await demo.next('configWarning'),
    await demo.next('remoteControl/status/changed'),
  ];
  t.match(text(warning, 'params', 'summary'), /no model is behind it/);
  t.equal(member(remote, 'params', 'status'), 'disabled');
  t.equal(Object.keys(warning).at(-1), 'emittedAtMs', 'the time comes last');
  t.equal(
    demo.said.all.some((message) => 'jsonrpc' in message),
    false,
  );
});

t.test('wants to be initialized once, before anything else', async (t) => {
  const demo = startDemo(t);
  t.equal(await demo.error('thread/list'), 'Not initialized');
  t.equal(await demo.error('initialize'), 'Invalid request: missing field `clientInfo`');
  await demo.initialize();
  t.equal(
    await demo.error('initialize', { clientInfo: { name: 'again', version: '1' } }),
    'Already initialized',
  );
});

t.test('leaves out the notifications that the client opted out of', async (t) => {
  const demo = startDemo(t);
  await demo.initialize({ optOutNotificationMethods: ['configWarning', 'item/agentMessage/delta'] });
  const threadId = await demo.startThread();
  await demo.playTurn(threadId, 'think');
  const methods = demo.said.all.map((message) => message['method']);
  t.notOk(methods.includes('configWarning'));
  t.notOk(methods.includes('item/agentMessage/delta'));
  t.ok(methods.includes('item/reasoning/summaryTextDelta'));
});
