import type { Demo } from './demo.js';
import { reason, RequestError } from './errors.js';
import { methods } from './methods/index.js';
import { Params, unknownVariant } from './params.js';

const INTERNAL_ERROR = -32603;

/** Methods whose params may be missing altogether. */
const WITHOUT_PARAMS: ReadonlySet<string> = new Set(['configRequirements/read']);

interface Incoming {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** Takes one line of input. Whatever it is, nothing is thrown: what is no message is logged and skipped. */
export function takeLine(demo: Demo, line: Buffer): void {
  const message = parse(line);
  if (message === null) return demo.log('skipped a line that is no message');
  const { id, method } = message;
  const isRequest = typeof id === 'string' || Number.isSafeInteger(id);
  if (typeof method === 'string' && isRequest) return takeRequest(demo, id, method, message.params);
  if (method === undefined && isRequest) return takeAnswer(demo, id, message.result);
  if (typeof method !== 'string' || id !== undefined)
    demo.log('skipped a message that is neither request nor answer');
}

function parse(line: Buffer): Incoming | null {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function takeRequest(demo: Demo, id: unknown, name: string, params: unknown): void {
  let answered = false;
  try {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) throw unknownVariant(name, Object.keys(methods));
    if (demo.client === null && name !== 'initialize') throw new RequestError('Not initialized');
    const read = new Params(WITHOUT_PARAMS.has(name) ? (params ?? {}) : params);
    method(demo, read, (result) => {
      demo.output.line(JSON.stringify({ id, result }));
      answered = true;
    });
  } catch (error) {
    const code = error instanceof RequestError ? error.code : INTERNAL_ERROR;
    if (code === INTERNAL_ERROR) demo.log(`${name} failed: ${reason(error)}`);
    if (!answered) demo.output.line(JSON.stringify({ error: { code, message: reason(error) }, id }));
  }
}

function takeAnswer(demo: Demo, id: unknown, result: unknown): void {
  const request = demo.requests.take(id);
  if (request === undefined) return demo.log('skipped an answer to nothing that was asked');
  const { threadId } = request;
  const thread = demo.threads.get(threadId);
  if (thread !== undefined) demo.tell(thread, 'serverRequest/resolved', { threadId, requestId: request.id });
  request.settle(typeof result === 'object' && result !== null ? { ...result } : null);
}
