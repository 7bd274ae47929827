import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { subprotocols } from '../../protocol/wires.js';
import { inTime } from '../support/deadline.js';
import type { Chance } from './chance.js';

const STAY_MS_MAX = 1_500;

/** Somebody who comes, listens to a thread for a while, and goes in one way or another. It keeps nothing. */
export async function visit(url: string, token: string, threadId: string, chance: Chance): Promise<number> {
  const socket = new WebSocket(url, [subprotocols.json, `bearer.${token}`], { perMessageDeflate: false });
  let heard = 0;
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  const answered = new Promise<void>((resolve) => {
    socket.on('message', () => {
      heard += 1;
      // The greeting, and the answer to the resume.
      if (heard === 2) resolve();
    });
  });
  await inTime(new Promise((resolve) => socket.once('open', resolve)), () => 'the door to open');
  const say = (message: object): void => socket.send(JSON.stringify(message));
  const clientInfo = { name: 'visitor', version: '1' };
  say({ id: 1, method: 'initialize', params: { clientInfo } });
  say({ id: 2, method: 'thread/resume', params: { threadId } });
  await inTime(answered, () => 'the answers');
  await pause(chance.below(STAY_MS_MAX));
  if (chance.percent(20)) socket.pause();
  if (chance.percent(50)) socket.close();
  await pause(chance.below(20));
  socket.terminate();
  await inTime(ended, () => 'the end of a connection');
  return heard;
}
