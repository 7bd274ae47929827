import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { text } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';

const LOST = 'thread/environment/disconnected';
const BACK = 'thread/environment/connected';
const APPROVAL = 'item/commandExecution/requestApproval';

/**
 * A thread works in another place, which is lost in the middle of a turn and found again. Of the subscribers those are
 * told that know of such things and want to hear of them.
 */
export const environmentLost: Scenario = {
  name: 'environment-lost',
  covers: ['environment/add', LOST, BACK],
  long: true,
  freedoms: [
    {
      reason: 'The connection to the place is watched by a task of its own, beside that of the turn.',
      matches: ({ subject }) => subject === LOST || subject === BACK,
      lane: () => 'environment',
    },
  ],
  async run({ clients: { a, b, c, d }, model, codex, work, root, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect({ experimentalApi: true, optOutNotificationMethods: [LOST, BACK] });
    const home = path.join(root, 'far');
    await mkdir(home);
    const place = await Place.open(codex, home, 'ws://127.0.0.1:0');
    try {
      await b.call('environment/add', { environmentId: 'far', execServerUrl: place.url });
      const environments = ['far', 'local'].map((environmentId) => ({ environmentId, cwd: work }));
      const threadId = await startThread(a, work, { environments });
      await wholeTurn([a], threadId, 'first');
      for (const each of [c, d]) await resumeThread(each, [a, b, c, d], { threadId, excludeTurns: true });
      await settle();

      const held = model.hold('go');
      await startTurn(a, threadId, 'go');
      const turn = await held;
      place.close();
      const again = await Place.open(codex, home, place.url);
      try {
        // It is there again, and has forgotten what was going on: that is when it is lost.
        await a.notification(LOST, of(threadId));
        await settle();
        turn.run('echo found');
        turn.finish();
        for (const each of [c, d]) await each.request(APPROVAL);
        const asked = await a.request(APPROVAL);
        assert.equal(text(asked.params, 'environmentId'), 'far');
        a.answer(asked, { decision: 'accept' });
        await a.notification(BACK, of(threadId));
        await turnEnds([a, c, d], threadId);
        await status([b], threadId, 'idle');
        await settle();
      } finally {
        again.close();
      }
    } finally {
      place.close();
    }
  },
};

/** Another place: Codex's own server for running commands elsewhere, here on the same machine. */
class Place {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  static async open(codex: string, home: string, listen: string): Promise<Place> {
    const child = spawn(codex, ['exec-server', '--listen', listen], {
      env: { ...process.env, CODEX_HOME: home, HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    for await (const [chunk] of on(child.stdout, 'data', { close: ['close'] })) {
      const [url] = /ws:\/\/127\.0\.0\.1:\d+/.exec(String(chunk)) ?? [];
      if (url !== undefined) return new Place(url, child);
    }
    throw new Error('the place did not open');
  }

  /** All of it, at once. */
  close(): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }
}
