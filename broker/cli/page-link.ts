import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { REDIRECT_MS_MAX } from '../../protocol/limits.js';
import { say } from './output.js';

/**
 * The link to the page, with a token that opens it. It stands in the fragment, which no server, proxy or page of
 * another site gets to see; the page takes it out of the address bar.
 */
export function pageLink(url: string, token: string | null): string {
  return token === null ? `${url}/` : `${url}/#token=${encodeURIComponent(token)}`;
}

/** What opens a file as if it had been clicked. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [command: string, ...args: string[]]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
};
const OTHER_OPENER = ['xdg-open'] as const;

/**
 * Opens a link in the default browser. Every user of the machine can read the arguments of every process, so what the
 * browser is given is a file that leads to the link, and that nobody else can read. (A code that is good once would be
 * a race with whoever looks; and a browser in a sandbox of its own that may not read the file shows an error, while the
 * link is still there to be clicked.) Returns what removes the file; it goes by itself after `REDIRECT_MS_MAX`.
 */
export function openPage(link: string, file: string): () => void {
  const remove = (): void => rmSync(file, { force: true });
  const address = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  remove();
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  const [command, ...args] = OPENERS[process.platform] ?? OTHER_OPENER;
  const failed = (why: string): void => say(`threadcast: no browser was opened: ${command}: ${why}`);
  // It outlives us where it is the browser itself.
  const opener = spawn(command, [...args, pathToFileURL(file).href], { detached: true, stdio: 'ignore' });
  opener
    .on('error', (error) => failed(error.message))
    .on('exit', (code) => {
      if (code !== null && code !== 0) failed(`exit code ${code}`);
    })
    .unref();
  setTimeout(remove, REDIRECT_MS_MAX).unref();
  return remove;
}
