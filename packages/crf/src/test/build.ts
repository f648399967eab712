// Imported by the tests: brings build/ up to date, where the compiled lattice and the workers lie.
import { resolve } from 'node:path';
import { buildWhenStale } from '../../../../fixtures/src/build-when-stale.js';

await buildWhenStale(resolve(import.meta.dirname, '../..'), [
  { script: '../../scripts/build-wasm.mjs', product: 'lattice-scalar.js', sources: ['assembly'] },
  {
    script: '../../scripts/build-workers.mjs',
    arguments: ['lattice-thread', 'pool-worker'],
    product: 'pool-worker.js',
    sources: ['src', '../wasm-runtime/src'],
  },
]);
