import { stdioTransport } from '../../broker/transports/stdio.js';

/** A program whose client is its own stdin and stdout; it says on stderr what happens to it. */
const FRAME = Buffer.alloc(1024 * 1024, 'x');

const say = (line: string): void => void process.stderr.write(`${line}\n`);

stdioTransport(process.stdin, process.stdout, (transport) => ({
  message(data) {
    if (data.toString() !== 'fill') return say(`got ${data.toString()}`);
    let frames = 1;
    while (transport.write([FRAME]) === 'sent') frames += 1;
    say(`full ${frames}`);
  },
  tooLarge: (bytes) => say(`too large ${bytes}`),
  drained: () => say('drained'),
  closed: () => say('closed'),
}));
