import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Lists the files of the site for its service worker, which keeps them for the times without a network. */
function listFiles(): Plugin {
  let folder = '';
  return {
    name: 'list-files',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    writeBundle: {
      sequential: true,
      order: 'post',
      handler: async () => {
        const { createHash } = await import('node:crypto');
        const { readFileSync, writeFileSync } = await import('node:fs');
        const files = readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile() && !['files.json', 'service-worker.js'].includes(entry.name))
          .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
          .sort();
        const hash = createHash('sha256');
        for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
        writeFileSync(join(folder, 'files.json'), JSON.stringify({ version: hash.digest('hex').slice(0, 16), files }));
      },
    },
  };
}

const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  base: './', // so that it works from any folder of a static host
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 2000, modulePreload: { polyfill: false } },
  worker: { format: 'es' },
  plugins: [listFiles()],
  server: { headers: isolated },
  preview: { headers: isolated },
});
