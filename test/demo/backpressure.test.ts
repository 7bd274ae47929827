import { PassThrough, Writable } from 'node:stream';
import t from 'tap';
import { Clock } from '../../broker/demo/clock.js';
import { Demo } from '../../broker/demo/demo.js';
import { Ids } from '../../broker/demo/ids.js';
import { readLines } from '../../broker/demo/input.js';
import { BATCH_CHARS } from '../../broker/demo/limits.js';
import { Output } from '../../broker/demo/output.js';
import { runTurn } from '../../broker/demo/play/index.js';
import { Store } from '../../broker/demo/store.js';
import { createThread, newTurn } from '../../broker/demo/threads.js';
import { stateFolder } from './runtime.js';

/** A reader of stdout that takes nothing until it is told to. */
class SlowReader extends Writable {
  bytes = 0;
  #waiting: (() => void) | null = null;
  #reading = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length;
    if (this.#reading) done();
    else this.#waiting = done;
  }

  read(): void {
    this.#reading = true;
    this.#waiting?.();
  }
}

/** Resolves when everything that can go on by itself has. */
async function settled(): Promise<void> {
  for (let i = 0; i < 100; i += 1) await new Promise(setImmediate);
}

t.test('while nobody reads its answers, no further request is taken', async (t) => {
  const reader = new SlowReader();
  const output = new Output(reader);
  const stdin = new PassThrough();
  let taken = 0;
  const ended = readLines(stdin, output, {
    line: () => {
      taken += 1;
      output.line('x'.repeat(BATCH_CHARS));
    },
    tooLong: () => t.fail('no line is too long'),
  });
  stdin.end('{}\n'.repeat(100));
  await settled();
  t.equal(taken, 1, 'the first answer is on its way, and nothing else');
  reader.read();
  await ended;
  t.equal(taken, 100);
  await output.end();
  t.equal(reader.bytes, 100 * (BATCH_CHARS + 1), 'none is lost');
});

t.test('while nobody reads, a turn without a pace waits', async (t) => {
  const reader = new SlowReader();
  const output = new Output(reader);
  const log = (line: string): void => void t.fail(line);
  const options = { deltaBytes: 1_000, turnEvents: null, log };
  const demo = new Demo(Ids.seeded(1, 0), new Clock(0), output, new Store(stateFolder(t), log), options);
  demo.client = { name: 'tester', optOut: new Set() };
  const turn = newTurn(demo, createThread(demo, { ephemeral: true }), { about: 'load' });
  const played = runTurn(turn, null, [{ kind: 'stream', events: 10_000 }]);
  await settled();
  t.ok(reader.bytes + reader.writableLength < 3 * BATCH_CHARS, 'little is held');
  t.equal(turn.facts.status, 'inProgress');
  reader.read();
  await played;
  t.equal(turn.facts.status, 'completed');
  await output.end();
  t.ok(reader.bytes > 10_000 * 1_000, 'and all of it comes');
});
