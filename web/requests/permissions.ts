import type { Params } from './params.js';
import { entryOf, list, members, text, texts } from './params.js';

/** What is asked for beyond what the agent may do, one line each. */
export function permissionLines(profile: unknown): readonly string[] {
  const { network, fileSystem } = members(profile);
  const files = members(fileSystem);
  return [
    ...(members(network)['enabled'] === true ? ['Use the network'] : []),
    ...texts(files['read']).map((path) => `Read ${path}`),
    ...texts(files['write']).map((path) => `Write ${path}`),
    ...list(files['entries']).map((entry) => entryLine(members(entry))),
  ];
}

const ACCESS: Readonly<Record<string, string>> = { read: 'Read', write: 'Write', deny: 'Keep out of' };

function entryLine({ path, access }: Params): string {
  const word = entryOf(ACCESS, access) ?? text(access) ?? 'Use';
  return `${word} ${placeOf(members(path))}`;
}

const PLACES: Readonly<Record<string, string>> = {
  root: 'the whole disk',
  minimal: 'what programs need to run',
  project_roots: 'the project',
  tmpdir: 'the temporary folder',
  slash_tmp: '/tmp',
};

function placeOf(path: Params): string {
  const special = members(path['value']);
  const place = text(path['path']) ?? text(path['pattern']) ?? entryOf(PLACES, special['kind']);
  const subpath = text(special['subpath']);
  const whole = place ?? text(special['path']) ?? 'a place that this page does not know';
  return subpath === null ? whole : `${whole}, ${subpath}`;
}
