import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { headers, isolation, policy } from './src/page/headers.js';

/** Puts the policy into the page, the headers beside it for who serves it, and both the files' list and headers into its service worker. */
function describeSite(): Plugin {
  let folder = '';
  return {
    name: 'describe-site',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
    ],
    writeBundle: {
      sequential: true,
      order: 'post',
      handler: () => {
        const apart = ['headers.json', 'service-worker.js'];
        const files = readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile() && !apart.includes(entry.name))
          .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
          .sort();
        const worker = join(folder, 'service-worker.js');
        const program = readFileSync(worker, 'utf8');
        const hash = createHash('sha256').update(program).update(JSON.stringify(headers));
        for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
        const site = JSON.stringify({ version: hash.digest('hex').slice(0, 16), files, headers });
        writeFileSync(
          worker,
          program.replace('__SITE__', () => site),
        );
        writeFileSync(join(folder, 'headers.json'), JSON.stringify(headers));
      },
    },
  };
}

export default defineConfig({
  base: './', // so that it works from any folder of a static host
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 2000, modulePreload: { polyfill: false } },
  worker: { format: 'es' },
  plugins: [describeSite()],
  server: { headers: isolation },
  preview: { headers },
});
