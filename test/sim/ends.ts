import type { Transport, TransportEvents } from '../../broker/transports/transport.js';
import type { Connection } from './connection.js';

/** The same events, for somebody who wants to change some of them. */
export function sameEvents(events: TransportEvents): TransportEvents {
  return {
    message: (data, binary) => events.message(data, binary),
    tooLarge: (bytes) => events.tooLarge(bytes),
    drained: () => events.drained(),
    closed: () => events.closed(),
  };
}

/** What a client does with what comes on its wire. */
export function openClient(made: Connection, transport: Transport): TransportEvents {
  made.open(transport);
  return {
    message: (data, binary) => made.received(data, binary),
    tooLarge() {},
    drained() {},
    closed: () => {
      made.closed = true;
      made.inFlight.clear();
    },
  };
}
