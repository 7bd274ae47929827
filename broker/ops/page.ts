import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_BYTES_MAX, PAGE_FILES_MAX } from '../../protocol/limits.js';
import type { HttpRequest, HttpResponse } from '../transports/transport.js';

/** What can be decoded by a browser, the best first, and what the build adds to the name of a file encoded so. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.webmanifest', 'application/manifest+json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/** Names there have a hash of the content in them: what came under one never changes. */
const HASHED = '/assets/';

/** One file as it is sent. */
interface Body {
  readonly bytes: Uint8Array;
  /** Another one for each encoding, as HTTP has it. */
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly plain: Body;
  /** What the build has compressed, the best first. */
  readonly encoded: readonly (readonly [encoding: string, body: Body])[];
}

/** Where `npm run build` puts the page: `dist/web` of this package, for the sources as for what is compiled. */
export const PAGE_FOLDER = fileURLToPath(
  new URL(import.meta.url.includes('/dist/broker/') ? '../../web' : '../../dist/web', import.meta.url),
);

/**
 * The browser mirror: the files of one folder, held from the start on. A path is looked up in a table and never on
 * disk, so nothing but what was found there can be asked for.
 */
export class Page {
  readonly #files: ReadonlyMap<string, PageFile>;

  /** A folder that is not there is a page that is not built. @throws {Error} there is too much in it */
  constructor(folder: string) {
    this.#files = existsSync(folder) ? readFolder(folder) : new Map();
  }

  /** Whether a path is the page's to answer: the names of files that an older build had are, too. */
  has(path: string): boolean {
    return path === '/' || path.startsWith(HASHED) || this.#files.has(path);
  }

  /** The file at a path of its own. */
  answer(request: HttpRequest): HttpResponse {
    const { path, header } = request;
    const file = this.#files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) {
      const text = this.#files.size === 0 ? 'the page is not built: npm run build' : 'no such file';
      return { status: 404, headers: { 'content-type': 'text/plain', ...VOLATILE }, body: `${text}\n` };
    }
    const accepted = header('accept-encoding') ?? '';
    const [, body] = file.encoded.find(([encoding]) => accepts(accepted, encoding)) ?? ['', file.plain];
    const headers = {
      ...file.headers,
      'content-security-policy': policyFor(request),
      etag: body.etag,
    };
    if (isHeld(header('if-none-match') ?? '', body.etag)) return { status: 304, headers, body: '' };
    return { status: 200, headers: { ...headers, ...body.headers }, body: body.bytes };
  }
}

const VOLATILE = { 'cache-control': 'no-store' };

function readFolder(folder: string): Map<string, PageFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = entries.map((one) => join(one.parentPath, one.name));
  if (paths.length > PAGE_FILES_MAX) throw new Error(`${folder} has more than ${PAGE_FILES_MAX} files`);
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  if (bytes > PAGE_BYTES_MAX) throw new Error(`${folder} has more than ${PAGE_BYTES_MAX} bytes`);
  const held = new Map(
    paths.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, readFileSync(path)]),
  );
  const files = new Map<string, PageFile>();
  for (const [path, plain] of held) {
    const isEncoded = ENCODINGS.some(([, ending]) => path.endsWith(ending) && held.has(path.slice(0, -3)));
    if (!isEncoded) files.set(path, fileOf(path, plain, held));
  }
  return files;
}

function fileOf(path: string, plain: Buffer, held: ReadonlyMap<string, Buffer>): PageFile {
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const encoded = ENCODINGS.flatMap(([encoding, ending]): [string, Body][] => {
    const bytes = held.get(path + ending);
    const headers = { 'content-encoding': encoding };
    return bytes === undefined ? [] : [[encoding, { bytes, etag: `"${digest}-${encoding}"`, headers }]];
  });
  return {
    headers: {
      'content-type': TYPES.get(extname(path)) ?? 'application/octet-stream',
      'cache-control': path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    },
    plain: { bytes: plain, etag: `"${digest}"`, headers: {} },
    encoded,
  };
}

/** Whether `Accept-Encoding` names an encoding, and does not refuse it. */
function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((one) => {
    const [name = '', ...params] = one.split(';').map((part) => part.trim().toLowerCase());
    return name === encoding && !params.some((param) => /^q=0(\.0*)?$/.test(param));
  });
}

/** Whether the browser has it already, as it says in `If-None-Match`. */
function isHeld(header: string, etag: string): boolean {
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

/** What may stand in a policy: a host of the table, or an address, and a port. */
const HOST = /^[\w.[\]:-]+$/;

/**
 * What the page may do: run its own files, and speak to this broker. Nothing inline, no `eval`, nothing from elsewhere:
 * also if a message of the agent were ever taken for markup. Not every browser counts a WebSocket of the same host
 * among `'self'`, so it is named, with both schemes, as a proxy may do the TLS.
 */
function policyFor({ headers }: HttpRequest): string {
  const [host = ''] = headers('host');
  const sockets = HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
