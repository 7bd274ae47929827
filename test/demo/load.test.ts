import t from 'tap';
import { ITEM_TEXT_BYTES_MAX } from '../../broker/demo/limits.js';
import { member, text } from '../codex/json.js';
import { column, entries, readyDemo } from './runtime.js';

t.test('load mode streams exactly as much as it was told', async (t) => {
  const demo = await readyDemo(t, ['--turn-events', '5000', '--delta-bytes', '700']);
  const threadId = await demo.startThread();
  t.match(await demo.playTurn(threadId, 'run'), { status: 'completed' }, 'whatever the user says');
  const deltas = demo.said.all.filter((message) => message['method'] === 'item/agentMessage/delta');
  t.equal(deltas.length, 5_000);
  t.ok(deltas.every((delta) => text(delta, 'params', 'delta').length === 700));

  const { data } = await demo.result('thread/items/list', { threadId });
  const items = entries(data).map((entry) => entry['item']);
  t.strictSame(column(items, 'type').slice(0, 2), ['userMessage', 'agentMessage']);
  t.equal(items.length, 5, 'a long stream goes on in further items');
  for (const item of items.slice(1)) {
    const whole = text(item, 'text');
    t.ok(whole.length <= ITEM_TEXT_BYTES_MAX);
    const own = deltas.filter((delta) => member(delta, 'params', 'itemId') === member(item, 'id'));
    t.equal(own.map((delta) => text(delta, 'params', 'delta')).join(''), whole);
  }
});

t.test('a long text streams word by word', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turn = await demo.playTurn(threadId, 'a long 15 please');
  const deltas = demo.said.all.filter((message) => message['method'] === 'item/agentMessage/delta');
  t.equal(deltas.length, 15);
  const said = text(entries(member(turn, 'items'))[0], 'text');
  t.equal(said, deltas.map((delta) => text(delta, 'params', 'delta')).join(''));
});
