import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsPair } from '../../broker/transports/transport.js';

const DAY_MS = 24 * 60 * 60_000;

/** Why no certificate can be made here, or false. */
export const noOpenssl = !runs('openssl', ['version']) && 'openssl is not installed';

/** What `openssl ca` wants to know; the command line of old versions takes no dates elsewhere. */
const CONFIG = `
[req]
distinguished_name = subject
[subject]
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
unique_subject = no
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1
`;

/** A certificate for localhost that vouches for itself, valid between two days from now, and its key. */
export function makePair(fromDays = -1, toDays = 365): TlsPair {
  const folder = mkdtempSync(join(tmpdir(), 'threadcast-tls-'));
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  try {
    writeFileSync(join(folder, 'openssl.cnf'), CONFIG);
    writeFileSync(join(folder, 'index.txt'), '');
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
    const config = ['-config', 'openssl.cnf'];
    openssl('req', ...config, '-new', '-key', 'key.pem', '-subj', '/CN=localhost', '-out', 'request.pem');
    const dates = ['-startdate', opensslDate(fromDays), '-enddate', opensslDate(toDays)];
    const files = ['-keyfile', 'key.pem', '-in', 'request.pem', '-out', 'cert.pem'];
    openssl('ca', ...config, '-batch', '-notext', '-selfsign', ...dates, ...files);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { cert: read('cert.pem'), key: read('key.pem') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The day that many days from now, `YYYY-MM-DD`. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first second of the day, `YYYYMMDDhhmmssZ`. */
function opensslDate(days: number): string {
  return `${dayFromNow(days).replaceAll('-', '')}000000Z`;
}

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
