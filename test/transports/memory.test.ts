import tap from 'tap';
import { close } from '../../protocol/close.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { MemoryOptions } from '../../broker/transports/memory.js';
import { transportContract } from './contract.js';
import { Owner } from './owner.js';
import { BROKEN } from './peer.js';
import type { Peer } from './peer.js';

function memoryPeer(owner: Owner, options: MemoryOptions): Peer {
  const client = new Owner();
  const [, end] = memoryPair(owner.open, client.open, options);
  const ended = client.closed.then(() => {
    const { code, reason } = end.peerReason ?? BROKEN;
    return { code, reason };
  });
  return {
    messages: client.messages,
    ended,
    send: (data) => void client.write(data),
    stall: () => end.stall(),
    resume: () => end.resume(),
    vanish: () => end.dieAfter(0),
  };
}

void tap.test('contract', async (t) => {
  transportContract(t, {
    binary: [false, true],
    tellsReason: true,
    address: 'memory',
    connect: (owner, binary) => Promise.resolve(memoryPeer(owner, { binary })),
  });
});

void tap.test('contract, with every write a short one', async (t) => {
  transportContract(t, {
    binary: [false],
    tellsReason: true,
    address: 'memory',
    connect: (owner) => Promise.resolve(memoryPeer(owner, { kernelBytes: 1 })),
  });
});

void tap.test('an end that dies in the middle of a batch has read the messages before', async (t) => {
  const owner = new Owner();
  const client = new Owner();
  const [, end] = memoryPair(owner.open, client.open);
  end.dieAfter(2);
  owner.write(Buffer.from('one'), Buffer.from('two'), Buffer.from('three'));
  await client.closed;
  await owner.closed;
  t.equal((await client.messages.next()).data.toString(), 'one');
  t.equal((await client.messages.next()).data.toString(), 'two');
  t.equal(client.messages.size, 0);
  t.equal(end.peerReason, null, 'nobody said goodbye');
});

void tap.test('a message is wiped after the call, so that an owner that keeps it is found out', async (t) => {
  const kept: Buffer[] = [];
  const writer = new Owner();
  const reader = new Owner();
  memoryPair(writer.open, (transport) => ({
    ...reader.open(transport),
    message: (data) => {
      t.equal(data.toString(), 'secret');
      kept.push(data);
    },
  }));
  writer.write(Buffer.from('secret'));
  writer.close(close.shutdown);
  await reader.closed;
  t.strictSame(kept, [Buffer.alloc(6)]);
});

void tap.test('the order of its steps is the scheduler’s', (t) => {
  const steps: (() => void)[] = [];
  const owner = new Owner();
  const client = new Owner();
  memoryPair(owner.open, client.open, { schedule: (step) => void steps.push(step) });
  owner.write(Buffer.from('a'));
  owner.write(Buffer.from('b'));
  t.equal(client.messages.size, 0, 'nothing moves by itself');
  t.equal(steps.length, 1);
  steps.shift()?.();
  t.equal(client.messages.size, 2);
  t.end();
});

void tap.test('a peer that stalls during a close is not waited for', async (t) => {
  const owner = new Owner();
  const client = new Owner();
  const [, end] = memoryPair(owner.open, client.open, { kernelBytes: 1 });
  owner.write(Buffer.from('one'), Buffer.from('two'));
  owner.close(close.slowConsumer);
  end.stall();
  await owner.closed;
  t.equal(client.messages.size, 0);
});
