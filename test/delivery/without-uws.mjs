/** `node --import` this file: a Node for which uWebSockets.js has no binary, so that `ws` serves. */
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Node runs the hook below in a thread of its own, which loads this file once more.
if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  if (specifier === 'uWebSockets.js') throw new Error('there is no binary');
  return next(specifier, context);
}
