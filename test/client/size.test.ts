import { gzipSync } from 'node:zlib';
import t from 'tap';
import { build } from 'vite';
import { FRAME_BYTES_MAX as ours } from '../../client/limits.js';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';

/** What a page has to load, compressed. */
const BYTES_MAX = 15 * 1024;
const ENTRY = '\0entry';

/** A page's bundle of a program of one line. */
async function bundled(
  program: string,
): Promise<{ readonly code: string; readonly modules: readonly string[] }> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? ENTRY : null),
        load: (id) => (id === ENTRY ? program : null),
      },
    ],
    build: { write: false, minify: true, target: 'es2022', rollupOptions: { input: 'entry' } },
  });
  if (!('output' in result)) throw new Error('it was not built');
  const [chunk] = result.output;
  return { code: chunk.code, modules: chunk.moduleIds };
}

t.test('`connect` and all that it needs are small, and nothing of Node', async (t) => {
  const client = `${process.cwd()}/client/index.ts`;
  const { code, modules } = await bundled(
    `import { connect } from '${client}'; globalThis.connect = connect;`,
  );
  const bytes = gzipSync(code).length;
  t.comment(`${bytes} bytes gzipped`);
  t.ok(code.includes('broker/thread/join'), 'it is there');
  t.ok(bytes <= BYTES_MAX, `${bytes} bytes`);
  const foreign = modules.filter((id) =>
    /node_modules|client\/(node|msgpack)\.ts|protocol\/(schemas|msgpack)\.ts/.test(id),
  );
  t.same(foreign, []);
  t.notMatch(code, /node:|__vite-browser-external/);
});

t.test('what the broker takes is what is allowed here', async (t) => {
  t.equal(ours, FRAME_BYTES_MAX);
});
