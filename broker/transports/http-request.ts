import { METHODS } from 'node:http';
import { HTTP_HEADER_BYTES_MAX, HTTP_HEADERS_MAX } from './limits.js';
import type { HttpRequest, HttpResponse, ServerHooks, Verdict } from './transport.js';

/** The head of a request as a server's parser has read it. */
export interface RequestHead {
  readonly method: string;
  /** What is asked for, the query included. */
  readonly target: string;
  /** Of HTTP. */
  readonly version: string;
  /** Name and value of each header line in order, the names in lower case. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly address: string;
  readonly secure: boolean;
  /** The server can make a WebSocket of it. */
  readonly upgradable: boolean;
}

export type Accepted = Exclude<Verdict, { readonly refuse: HttpResponse }>;

/** An answer. `ends`: the connection ends with it. */
export interface Answer {
  readonly response: HttpResponse | Promise<HttpResponse>;
  readonly ends: boolean;
}

/**
 * The one way from a request to the owner, for every server: their parsers let different things pass, so what is not
 * sound is refused here and the owner never sees it. After a refusal the connection ends, so that nothing that comes
 * behind it can be taken for a request of its own.
 */
export function decide(head: RequestHead, hooks: ServerHooks): Answer | { readonly accepted: Accepted } {
  const values = new Map<string, string[]>();
  for (const [name, value] of head.lines) {
    const others = values.get(name);
    if (others === undefined) values.set(name, [value]);
    else others.push(value);
  }
  const headers = (name: string): readonly string[] => values.get(name) ?? NONE;
  const path = head.target.replace(/\?.*/s, '');
  const unsound = headFault(head) ?? targetFault(head.target, path) ?? linesFault(headers);
  if (unsound !== null) return { response: unsound, ends: true };
  const { method, address, secure } = head;
  const header = (name: string): string | undefined => values.get(name)?.join(', ');
  const request: HttpRequest = { method, path, header, headers, address, secure };
  if (!asksForWebSocket(headers)) return { response: hooks.http(request), ends: false };
  const broken = upgradeFault(head, headers);
  if (broken !== null) return { response: broken, ends: true };
  const verdict = hooks.upgrade(request);
  return 'refuse' in verdict ? { response: verdict.refuse, ends: true } : { accepted: verdict };
}

const NONE: readonly string[] = [];
type Headers = HttpRequest['headers'];

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);

function headFault({ method, target, version, lines }: RequestHead): HttpResponse | null {
  if (version !== '1.1') return fault(505, 'only HTTP/1.1 is spoken here');
  if (!KNOWN_METHODS.has(method)) return fault(400, 'no such method');
  if (lines.length > HTTP_HEADERS_MAX) return fault(431, `more than ${HTTP_HEADERS_MAX} header lines`);
  let bytes = `${method} ${target} HTTP/1.1\r\n\r\n`.length;
  for (const [name, value] of lines) bytes += name.length + value.length + ': \r\n'.length;
  return bytes > HTTP_HEADER_BYTES_MAX
    ? fault(431, `more than ${HTTP_HEADER_BYTES_MAX} bytes of head`)
    : null;
}

const PRINTABLE = /^[!-~]+$/;
/** No empty segment, no `.` or `..`, nothing that is escaped; so no `http://HOST/` in front of it either. */
const PLAIN_PATH = /^(?=\/)(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@-]+)*\/?$/;

function targetFault(target: string, path: string): HttpResponse | null {
  if (PRINTABLE.test(target) && PLAIN_PATH.test(path)) return null;
  return fault(
    400,
    'a path is wanted in its plainest spelling: no host before it, no "//", "..", "%" or "#" in it',
  );
}

/** Where a body ends must be beyond doubt: a proxy in front may otherwise see other requests than we do. */
function linesFault(headers: Headers): HttpResponse | null {
  if (headers('host').length === 0) return fault(400, 'no Host');
  const [lengths, encodings] = [headers('content-length'), headers('transfer-encoding')];
  const framed =
    lengths.every(isCount) && encodings.every((encoding) => encoding.toLowerCase() === 'chunked');
  return framed && lengths.length + encodings.length <= 1
    ? null
    : fault(400, 'it is not clear where the body ends');
}

function isCount(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

function asksForWebSocket(headers: Headers): boolean {
  const [upgrade, ...more] = headers('upgrade');
  if (more.length > 0 || upgrade?.toLowerCase() !== 'websocket') return false;
  const options = headers('connection').join(',').toLowerCase().split(',');
  return options.some((option) => option.trim() === 'upgrade');
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z\d+/]{22}==$/;

/** RFC 6455, 4.2.1. */
function upgradeFault({ method, upgradable }: RequestHead, headers: Headers): HttpResponse | null {
  if (method !== 'GET') return fault(400, 'a WebSocket is asked for with GET');
  if (headers('sec-websocket-version').join() !== '13') {
    return fault(426, 'the version of WebSocket is 13', { 'sec-websocket-version': '13' });
  }
  if (!KEY.test(headers('sec-websocket-key').join()) || !upgradable)
    return fault(400, 'no sound Sec-WebSocket-Key');
  const hasBody = headers('transfer-encoding').length > 0 || Number(headers('content-length')[0] ?? 0) > 0;
  return hasBody ? fault(400, 'an upgrade has no body') : null;
}

function fault(status: number, text: string, headers: HttpResponse['headers'] = {}): HttpResponse {
  return { status, headers: { ...headers, 'content-type': 'text/plain' }, body: `threadcast: ${text}\n` };
}
