// Imported by the tests of what is compiled: brings build/ up to date.
import { resolve } from 'node:path';
import { buildWhenStale } from '../../../../fixtures/src/build-when-stale.js';

await buildWhenStale(resolve(import.meta.dirname, '../..'), [
  { script: '../../scripts/build-wasm.mjs', product: 'pixels.js', sources: ['assembly'] },
]);
