import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { clientMethods } from '../../protocol/methods.js';
import { serverNotifications } from '../../protocol/notifications.js';
import { serverRequests } from '../../protocol/server-requests.js';
import { installCodex } from '../codex/install.js';

/** As far as the printed JSON schema is read. */
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [definition: string]: unknown;
}
interface Union {
  readonly oneOf: readonly {
    readonly properties: {
      readonly method: { readonly enum: readonly [string] };
      readonly params?: { readonly $ref?: string };
    };
  }[];
  readonly definitions: Schema;
}

/** The broker's own, which the runtime has never heard of. */
const OURS = new Set(['thread/attachment/create', 'thread/attachment/delete', 'thread/attachments/list']);
const isOurs = (method: string): boolean => method.startsWith('broker/') || OURS.has(method);

/** Only in the TypeScript output: methods of older clients that are still served. */
const OLD_METHODS = ['getAuthStatus', 'getConversationSummary', 'gitDiffToRemote'];

const codex = await installCodex();

if ('missing' in codex) t.test('the tables against the real schema', { skip: codex.missing }, () => {});
else {
  const folder = t.testdir();
  const generate = (kind: string, out: string, ...more: string[]): string => {
    execFileSync(codex.command, ['app-server', kind, '--out', join(folder, out), ...more], {
      stdio: 'ignore',
    });
    return join(folder, out);
  };
  const all = generate('generate-json-schema', 'all', '--experimental');
  const stable = generate('generate-json-schema', 'stable');
  const types = generate('generate-ts', 'types', '--experimental');
  const union = (from: string, name: string): Union =>
    JSON.parse(readFileSync(join(from, `${name}.json`), 'utf8')) as Union;
  const methods = (from: string, name: string): string[] =>
    union(from, name).oneOf.map(({ properties }) => properties.method.enum[0]);
  const paramsOf = (from: string, method: string): string[] => {
    const { oneOf, definitions } = union(from, 'ClientRequest');
    const found = oneOf.find(({ properties }) => properties.method.enum[0] === method);
    const path = found?.properties.params?.$ref?.split('/').slice(2) ?? [];
    if (path.length === 0) return [];
    const definition = path.reduce<Schema>((at, name) => at[name] as Schema, definitions);
    return Object.keys(definition.properties ?? {});
  };

  t.test('every client method is there, and none that is not', (t) => {
    const known = [...clientMethods.keys()].filter((method) => !isOurs(method));
    t.same(known.sort(), [...methods(all, 'ClientRequest'), ...OLD_METHODS].sort());
    t.end();
  });

  t.test('every notification is there, and none that is not', (t) => {
    t.same([...serverNotifications.keys()].sort(), methods(all, 'ServerNotification').sort());
    t.end();
  });

  t.test('every request of the runtime is there, and none that is not', (t) => {
    t.same([...serverRequests.keys()].sort(), methods(all, 'ServerRequest').sort());
    t.end();
  });

  t.test('what needs experimentalApi is what the schema has only with --experimental', (t) => {
    const without = new Set([...methods(stable, 'ClientRequest'), ...OLD_METHODS]);
    for (const [method, row] of clientMethods) {
      if (isOurs(method)) continue;
      t.equal(row.experimental, !without.has(method), method);
      if (row.experimental) continue;
      const stableParams = new Set(paramsOf(stable, method));
      const more = paramsOf(all, method).filter((name) => !stableParams.has(name));
      t.same([...row.experimentalParams].sort(), more.sort(), `params of ${method}`);
    }
    const plain = new Set(methods(stable, 'ServerRequest'));
    for (const [method, row] of serverRequests) t.equal(row.experimental, !plain.has(method), method);
    t.end();
  });

  t.test('experimental params are told in the order in which app-server looks at them', (t) => {
    for (const [method, { experimentalParams }] of clientMethods) {
      if (experimentalParams.length < 2 || isOurs(method)) continue;
      const requests = readFileSync(join(types, 'ClientRequest.ts'), 'utf8');
      const type = new RegExp(`"method": "${method}", id: RequestId, params: (\\w+)`).exec(requests)?.[1];
      const source = readFileSync(join(types, 'v2', `${String(type)}.ts`), 'utf8');
      const places = experimentalParams.map((name) => source.search(new RegExp(`\\b${name}\\??:`)));
      t.notOk(places.includes(-1), method);
      t.same(
        places,
        [...places].sort((a, b) => a - b),
        method,
      );
    }
    t.end();
  });
}
