import { RequestError } from '../errors.js';
import { INPUT_LINE_BYTES_MAX } from '../limits.js';
import { textOf, type UserInput } from '../items.js';
import { type Params, unknownVariant } from '../params.js';
import { runTurn } from '../play/index.js';
import { shell } from '../play/shell.js';
import { chooseScene } from '../scenes/index.js';
import { review } from '../scenes/review.js';
import { newTurn } from '../threads.js';
import type { Message, Turn } from '../turn.js';
import { loaded } from './find.js';
import type { Method, Methods } from './method.js';
import { updateSettings } from './settings.js';

const INPUT_KINDS = ['text', 'image', 'localImage', 'audio', 'localAudio', 'skill', 'mention'];

function messageOf(params: Params): Message {
  const content = params.list('input').map(inputOf);
  return { content, clientId: params.textOr('clientUserMessageId', null) };
}

function inputOf(part: Params): UserInput {
  const type = part.text('type');
  if (!INPUT_KINDS.includes(type)) throw unknownVariant(type, INPUT_KINDS);
  if (type !== 'text') return part.members;
  return {
    type,
    text: part.text('text', INPUT_LINE_BYTES_MAX),
    text_elements: part.any('text_elements') ?? [],
  };
}

function joinTurn(turn: Turn, message: Message): void {
  if (!turn.join(message)) throw new RequestError('too many messages wait for the running turn');
}

const start: Method = (demo, params, answer) => {
  const message = messageOf(params);
  const thread = loaded(demo, params);
  updateSettings(demo, thread, params);
  if (thread.turn !== null) {
    joinTurn(thread.turn, message);
    return answer({ turn: thread.turn.accepted });
  }
  const about = textOf(message.content);
  const turn = newTurn(demo, thread, { about, rootTurnId: params.textOr('rootTurnId', null) });
  answer({ turn: turn.accepted });
  const { steps, words } = chooseScene(message.content, params.any('outputSchema'), demo.options.turnEvents);
  for (const [name, text] of words) turn.words.set(name, text);
  void runTurn(turn, message.content.length === 0 ? null : message, steps);
};

const steer: Method = (demo, params, answer) => {
  const expected = params.text('expectedTurnId');
  const message = messageOf(params);
  const { turn } = loaded(demo, params);
  if (turn === null) throw new RequestError('no active turn to steer');
  if (turn.id !== expected) {
    throw new RequestError(`expected active turn id \`${expected}\` but found \`${turn.id}\``);
  }
  joinTurn(turn, message);
  answer({ turnId: turn.id });
};

const interrupt: Method = (demo, params, answer) => {
  const expected = params.text('turnId');
  const { turn } = loaded(demo, params);
  if (turn === null) throw new RequestError('no active turn to interrupt');
  if (turn.id !== expected) {
    throw new RequestError(`expected active turn id ${expected} but found ${turn.id}`);
  }
  answer({});
  turn.end('interrupted');
};

const compact: Method = (demo, params, answer) => {
  const turn = newTurn(demo, loaded(demo, params), { about: 'compact' });
  answer({});
  void runTurn(turn, null, [{ kind: 'compact' }]);
};

const shellCommand: Method = (demo, params, answer) => {
  const thread = loaded(demo, params);
  const step = { kind: 'shell', script: params.text('command') } as const;
  const running = thread.turn;
  const turn = running ?? newTurn(demo, thread, { about: step.script });
  answer({});
  if (running === null) void runTurn(turn, null, [step]);
  else shell(turn, step);
};

const reviewStart: Method = (demo, params, answer) => {
  const thread = loaded(demo, params);
  const what = params.inner('target')?.textOr('instructions', null) ?? 'the current changes';
  const turn = newTurn(demo, thread, { about: `Review ${what}` });
  answer({ turn: turn.accepted, reviewThreadId: thread.meta.id });
  turn.words.set('input', what);
  void runTurn(turn, null, review);
};

export const turnMethods: Methods = {
  'turn/start': start,
  'turn/steer': steer,
  'turn/interrupt': interrupt,
  'review/start': reviewStart,
  'thread/compact/start': compact,
  'thread/shellCommand': shellCommand,
};
