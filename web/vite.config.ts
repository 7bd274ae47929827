import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const OUT = fileURLToPath(new URL('../dist/web', import.meta.url));

/** What is worth compressing: the rest is compressed already. */
const TEXT = /\.(html|js|css|svg|json|webmanifest)$/;

/** Lays a `.br` and a `.gz` beside each text file, so that the broker has nothing to compress. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        const files = readdirSync(OUT, { recursive: true, encoding: 'utf8' });
        for (const file of files.filter((name) => TEXT.test(name))) {
          const path = join(OUT, file);
          const bytes = readFileSync(path);
          const brotli = brotliCompressSync(bytes, {
            params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
          });
          writeFileSync(`${path}.br`, brotli);
          writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        }
      },
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // Nothing is inlined into scripts or styles: the policy of the page forbids what the broker does not serve.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  plugins: [
    // The shell alone, for when the broker is not there: no answer of the broker and no token is ever kept.
    VitePWA({
      strategies: 'generateSW',
      registerType: 'prompt',
      injectRegister: false,
      manifest: false,
      filename: 'sw.js',
      workbox: {
        globPatterns: ['index.html', 'assets/*.{js,css}', 'icons/icon.svg'],
        navigateFallback: '/index.html',
        navigateFallbackAllowlist: [/^\/$/],
        importScripts: ['notification-click.js'],
        inlineWorkboxRuntime: true,
        sourcemap: false,
        cleanupOutdatedCaches: true,
      },
    }),
    compressed(),
  ],
});
