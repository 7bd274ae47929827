import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { TOKEN_CHARS_MAX, TOKEN_CHARS_MIN } from '../../protocol/limits.js';
import { exposure } from './privacy.js';

/** The token cannot be had. The message is for people, and has nothing of the token in it. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

const TOKEN_BYTES = 32;
/** What may stand in a header, in a subprotocol and in a shell without quotes. */
const TOKEN = /^[A-Za-z0-9._~+/=-]+$/;
const NEWLINE = /\r?\n$/;
const NEWLINE_CHARS_MAX = 2;

/**
 * The file that holds the owner's token: a line of 32 … 512 characters of `A-Z a-z 0-9 . _ ~ + / = -`, in a regular
 * file that is this user's alone, in such a folder. A symbolic link is refused: `rotate` would replace the link, and
 * leave the token where it leads. Nothing that is there is ever replaced but by `rotate`.
 */
export class TokenFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The token, made now where there is no file: of several at once all get the same. @throws {TokenFileError} */
  open(): string {
    return this.#attempt(() => {
      this.#checkFolder();
      if (!this.#isThere()) this.#make((draft) => linkUnlessTaken(draft, this.path));
      return this.#readToken();
    });
  }

  /** The token. @throws {TokenFileError} also where there is no file */
  read(): string {
    return this.#attempt(() => {
      this.#checkFolder();
      return this.#readToken();
    });
  }

  /** Puts a new token in place of whatever the file holds, whole or not at all. @throws {TokenFileError} */
  rotate(): string {
    return this.#attempt(() => {
      this.#checkFolder();
      if (this.#isThere()) closeSync(this.#openOwn());
      return this.#make((draft) => renameSync(draft, this.path));
    });
  }

  #isThere(): boolean {
    return lstatSync(this.path, { throwIfNoEntry: false }) !== undefined;
  }

  #checkFolder(): void {
    const folder = dirname(this.path);
    const open = exposure(folder, statSync(folder));
    if (open !== null) throw this.#unfit(`its folder ${open}`);
  }

  /** A file of its own with a new token, which is on the disk before `place` gives it its name. */
  #make(place: (draft: string) => void): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const draft = `${this.path}.${randomBytes(8).toString('hex')}`;
    try {
      const file = openSync(draft, 'wx', 0o600);
      try {
        writeFileSync(file, `${token}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      place(draft);
    } finally {
      rmSync(draft, { force: true });
    }
    const folder = openSync(dirname(this.path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    return token;
  }

  /** A regular file of this user. A FIFO is opened without a wait for its writer. */
  #openOwn(): number {
    const file = openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw this.#unfit('it is no regular file');
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  #readToken(): string {
    const file = this.#openOwn();
    try {
      const open = exposure(this.path, fstatSync(file));
      if (open !== null) throw this.#unfit(open);
      // One byte more than there may be tells that there is more.
      const bytes = Buffer.alloc(TOKEN_CHARS_MAX + NEWLINE_CHARS_MAX + 1);
      const length = readSync(file, bytes);
      return this.#checked(bytes.toString('latin1', 0, length));
    } finally {
      closeSync(file);
    }
  }

  #checked(line: string): string {
    const token = line.replace(NEWLINE, '');
    const wrong = faultOf(token);
    if (wrong !== null) throw this.#unfit(`${wrong}; to put a new token there, run: threadcast token rotate`);
    return token;
  }

  #unfit(reason: string): TokenFileError {
    return new TokenFileError(`cannot use the token file ${this.path}: ${reason}`);
  }

  #attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof TokenFileError) throw error;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const reason = REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
      throw new TokenFileError(this.#unfit(reason).message, { cause: error });
    }
  }
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ELOOP', 'it is a symbolic link; name the file that it leads to'],
  ['ENOENT', 'it is not there'],
  ['ENOSPC', 'its disk is full'],
  ['EDQUOT', 'the quota of its disk is used up'],
  ['EROFS', 'its disk is read-only'],
]);

/** What is wrong with a token, without a character of it; null when nothing is. */
function faultOf(token: string): string | null {
  if (token === '') return 'it is empty';
  if (token.length > TOKEN_CHARS_MAX) return `it holds more than ${TOKEN_CHARS_MAX} characters`;
  if (!TOKEN.test(token)) return 'it holds something else than one line of A-Z a-z 0-9 . _ ~ + / = -';
  if (token.length < TOKEN_CHARS_MIN)
    return `it holds ${token.length} characters, and a token has at least ${TOKEN_CHARS_MIN}`;
  return null;
}

function linkUnlessTaken(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
