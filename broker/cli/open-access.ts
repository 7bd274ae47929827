import { readFileSync } from 'node:fs';
import { Access } from '../access/access.js';
import { AllowedNames } from '../access/names.js';
import { Rights } from '../access/rights.js';
import { TokenFile } from '../access/token-file.js';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import type { StateDir } from '../ops/state-dir.js';
import type { TlsPair } from '../transports/transport.js';
import { CommandError, messageOf } from './exit.js';

/** Who may reach a broker with these options. @throws {CommandError} the token cannot be read or made */
export function openAccess(config: Config, stateDir: StateDir): Access {
  const { allowOrigin, allowHost, publicUrl } = config;
  const names = new AllowedNames({
    origins: allowOrigin,
    hosts: allowHost,
    publicUrl: publicUrl === undefined ? null : new URL(publicUrl),
  });
  const file = tokenFileOf(config, stateDir);
  if (file === null) return new Access({ names, token: null, clock: systemClock });
  try {
    const token = new TokenFile(file);
    token.open();
    return new Access({ names, token, clock: systemClock });
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}

/** Where the owner's token is; null where nobody is asked for it. */
export function tokenFileOf({ noAuth, tokenFile }: Config, stateDir: StateDir): string | null {
  return noAuth ? null : (tokenFile ?? stateDir.tokenPath);
}

/** The owner's token as its file has it now; null where nobody is asked for it. @throws {CommandError} */
export function tokenOf(config: Config, stateDir: StateDir): string | null {
  const file = tokenFileOf(config, stateDir);
  try {
    return file === null ? null : new TokenFile(file).read();
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}

/** What remote clients may call. */
export function rightsOf({ remoteAllow, remoteDeny }: Config): Rights {
  return new Rights(remoteAllow, remoteDeny);
}

/** The certificate and its key, as the files have them now; null where there are none. @throws {CommandError} */
export function readTlsPair({ tlsCert, tlsKey }: Config): TlsPair | null {
  if (tlsCert === undefined || tlsKey === undefined) return null;
  return { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey) };
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${option}: ${messageOf(error)}`);
  }
}
