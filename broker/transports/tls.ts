import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { CERTIFICATE_WARNING_MS, TLS_HANDSHAKE_MS_MAX } from './limits.js';
import type { TlsPair } from './transport.js';

/** What every TLS connection is held to, whichever certificate it is shown. */
export const tlsOptions = { minVersion: 'TLSv1.2', handshakeTimeout: TLS_HANDSHAKE_MS_MAX } as const;

/** Why a server cannot be run with this pair at `now` (ms since the epoch), or null. */
export function tlsFault(pair: TlsPair, now: number): string | null {
  try {
    return pairFault(pair, now);
  } catch {
    return 'its certificate and key cannot be used';
  }
}

/** What a person should be told about a pair that is good at `now` (ms since the epoch), or null. */
export function tlsWarning(pair: TlsPair, now: number): string | null {
  const { validTo } = new X509Certificate(pair.cert);
  return Date.parse(validTo) - now < CERTIFICATE_WARNING_MS
    ? `the certificate expires on ${day(validTo)}`
    : null;
}

function pairFault({ cert, key }: TlsPair, now: number): string | null {
  const certificate = readOrNull(() => new X509Certificate(cert));
  if (certificate === null) return 'its certificate is no PEM certificate';
  if (/ENCRYPTED/.test(key)) return 'its key is protected by a passphrase, which cannot be asked for';
  const privateKey = readOrNull(() => createPrivateKey(key));
  if (privateKey === null) return 'its key is no PEM private key';
  if (!certificate.checkPrivateKey(privateKey)) return 'its key does not belong to its certificate';
  const { validFrom, validTo } = certificate;
  if (Date.parse(validTo) <= now) return `its certificate expired on ${day(validTo)}`;
  if (Date.parse(validFrom) > now) return `its certificate is not valid before ${day(validFrom)}`;
  createSecureContext({ cert, key, minVersion: tlsOptions.minVersion });
  return null;
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** The day of a certificate's date, `YYYY-MM-DD` in UTC. */
function day(date: string): string {
  return new Date(date).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
