/** The client SDK: for browsers and Node. */
import type { Client, ConnectOptions } from './api.js';
import { BrokerClient } from './client.js';

export type * from './api.js';
export type * from './runtime-types.js';
export type * from './types.js';
export { isItem } from './runtime-types.js';
export { isWaiting } from './types.js';
export { CallError, ConnectionError } from './errors.js';

/**
 * Connects to a broker, and stays connected until it is closed. Calls wait until it is.
 * @throws {TypeError} what was given makes no socket: a URL that is none, a platform without WebSockets
 */
export function connect(options: ConnectOptions): Client {
  return new BrokerClient(options);
}
