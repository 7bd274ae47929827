import type { Test } from 'tap';
import { mock } from 'node:test';
import { close } from '../../protocol/close.js';
import { CLOSE_MS_MAX, FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { numberOf, Owner } from './owner.js';
import { BROKEN } from './peer.js';
import type { Peer } from './peer.js';

/** A transport under test. */
export interface Implementation {
  /** The kinds of frames it can carry. */
  readonly binary: readonly boolean[];
  /** Whether a client is told the code and the reason of a close. */
  readonly tellsReason: boolean;
  /** What its transports call their peer's address. */
  readonly address: string;
  /** Opens a wire whose one end is the owner's. */
  connect(owner: Owner, binary: boolean): Promise<Peer>;
}

const MIB = 1024 * 1024;

/** What every transport promises its owner. */
export function transportContract(suite: Test, implementation: Implementation): void {
  const { binary: kinds, tellsReason, address } = implementation;

  /** A subject: a fresh wire, and at its end the promises that hold always. */
  const subject = (
    name: string,
    run: (t: Test, owner: Owner, peer: Peer) => Promise<void>,
    binary = kinds[0] ?? false,
  ): void => {
    void suite.test(name, async (t) => {
      const owner = new Owner();
      const peer = await implementation.connect(owner, binary);
      t.teardown(() => peer.vanish());
      freezeDeadlines(t);
      await run(t, owner, peer);
      t.equal(owner.reentered, 0, 'the owner is not called back from its own calls');
    });
  };

  for (const binary of kinds) {
    const kind = binary ? 'binary' : 'text';
    subject(
      `${kind} messages arrive whole and in order, in both directions`,
      async (t, owner, peer) => {
        // Lengths on both sides of every change in how a length or a slice is written.
        const lengths = [1, 125, 126, 127, 65_535, 65_536, 65_537, 3, 200_000, 2];
        const frames = lengths.map((length, i) => Buffer.alloc(length, 97 + i));
        owner.write(...frames.slice(0, 3));
        owner.write(...frames.slice(3));
        for (const frame of frames) peer.send(frame, binary);
        for (const frame of frames) {
          for (const side of [peer, owner]) {
            const received = await side.messages.next();
            t.ok(received.data.equals(frame), `${frame.length} bytes`);
            t.equal(received.binary, binary);
          }
        }
      },
      binary,
    );
  }

  subject('8 MiB in one message, in both directions', async (t, owner, peer) => {
    const large = Buffer.alloc(8 * MIB, 'abcdefg');
    owner.write(large);
    t.ok((await peer.messages.next()).data.equals(large));
    peer.send(large, kinds[0] ?? false);
    t.ok((await owner.messages.next()).data.equals(large));
  });

  subject('a reader that stalls makes it full, and drained when it resumes', async (t, owner, peer) => {
    peer.stall();
    const frames = owner.fill();
    t.ok(owner.transport.pendingBytes > 0, 'bytes wait');
    t.equal(owner.write(Buffer.from('more')), 'full', 'what is written while full is kept');
    peer.resume();
    await owner.drained.next();
    t.equal(owner.transport.pendingBytes, 0);
    for (let i = 0; i < frames; i += 1) t.equal(numberOf((await peer.messages.next()).data), i);
    t.equal((await peer.messages.next()).data.toString(), 'more');
    t.equal(owner.drained.size, 0, 'drained is told once');
    t.equal(owner.write(Buffer.from('again')) === 'full', owner.transport.pendingBytes > 0);
    t.equal((await peer.messages.next()).data.toString(), 'again');
  });

  subject('what was written before a close arrives before it', async (t, owner, peer) => {
    const frames = owner.fill();
    owner.close(close.shutdown);
    t.equal(owner.write(Buffer.from('late')), 'sent', 'a write after the close is harmless');
    for (let i = 0; i < frames; i += 1) t.equal(numberOf((await peer.messages.next()).data), i);
    const { code, reason } = tellsReason ? close.shutdown : BROKEN;
    t.strictSame(await peer.ended, { code, reason });
    await owner.closed;
    t.equal(peer.messages.size, 0, 'nothing came after it');
    t.equal(owner.transport.pendingBytes, 0);
  });

  subject('it is closed once, whatever is called afterwards', async (t, owner, peer) => {
    owner.close(close.tooMany);
    owner.close(close.shutdown);
    peer.send(Buffer.from('too late'), kinds[0] ?? false);
    const { code, reason } = tellsReason ? close.tooMany : BROKEN;
    t.strictSame(await peer.ended, { code, reason }, 'the first reason counts');
    await owner.closed;
    owner.close(close.shutdown);
    t.equal(owner.write(Buffer.from('x')), 'sent');
    t.equal(owner.transport.pendingBytes, 0);
    await settle(implementation);
    t.equal(owner.closedCalls, 1);
    t.equal(owner.messages.size, 0, 'nothing is told after a close but that it is closed');
    t.equal(owner.transport.address, address, 'where it came from is known to the last');
  });

  subject('a peer that never reads is cut when a close has had its time', async (t, owner, peer) => {
    peer.stall();
    owner.fill();
    owner.close(close.slowConsumer);
    t.equal(owner.closedCalls, 0);
    mock.timers.tick(CLOSE_MS_MAX);
    await owner.closed;
    t.equal(owner.transport.pendingBytes, 0);
    peer.resume();
    t.strictSame(await peer.ended, BROKEN);
  });

  subject('a peer that vanishes', async (t, owner, peer) => {
    peer.stall();
    owner.fill();
    peer.vanish();
    await owner.closed;
    t.equal(owner.write(Buffer.from('x')), 'sent', 'a write to nobody is harmless');
    owner.close(close.shutdown);
    t.equal(owner.transport.pendingBytes, 0);
    await settle(implementation);
    t.equal(owner.closedCalls, 1);
  });

  subject(
    'a message at the size limit arrives, and one beyond is told and skipped',
    async (t, owner, peer) => {
      const binary = kinds[0] ?? false;
      peer.send(Buffer.alloc(FRAME_BYTES_MAX, 'a'), binary);
      t.equal((await owner.messages.next()).data.length, FRAME_BYTES_MAX);
      peer.send(Buffer.alloc(FRAME_BYTES_MAX + 1, 'b'), binary);
      t.equal(await owner.tooLarge.next(), FRAME_BYTES_MAX + 1);
      peer.send(Buffer.from('and on'), binary);
      t.equal((await owner.messages.next()).data.toString(), 'and on');
      owner.close(close.tooLarge);
      const { code, reason } = tellsReason ? close.tooLarge : BROKEN;
      t.strictSame(await peer.ended, { code, reason });
    },
  );
}

/** A close has its time only when a test says so: on a busy machine what is pending takes longer than that. */
export function freezeDeadlines(t: Test): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
}

/** A round trip on another wire: what was under way on the first has come by then. */
async function settle(implementation: Implementation): Promise<void> {
  const binary = implementation.binary[0] ?? false;
  const owner = new Owner();
  owner.echoes = true;
  const peer = await implementation.connect(owner, binary);
  peer.send(Buffer.from('ping'), binary);
  await peer.messages.next();
  peer.vanish();
  await owner.closed;
}
