// Imported by the tests: brings build/ up to date, where the compiled kernels and the helper thread lie.
import { resolve } from 'node:path';
import { buildWhenStale } from '../../../../fixtures/src/build-when-stale.js';

await buildWhenStale(resolve(import.meta.dirname, '../..'), [
  { script: '../../scripts/build-wasm.mjs', product: 'kernels-threads-fused.js', sources: ['assembly'] },
  {
    script: '../../scripts/build-workers.mjs',
    arguments: ['helper-thread'],
    product: 'helper-thread.js',
    sources: ['src/helper-thread.ts', 'src/team-words.ts', '../wasm-runtime/src'],
  },
]);
