// What each package may add to a page, or to Node, compressed (brotli): the package with those of its dependencies that are not peers.
// `npx size-limit` measures. Budgets are about a third above what was measured when they were set.
const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm'];

/** A budget of what a bundler makes of a package's entry. */
const bundled = (entry, limit, path = `packages/${entry}/dist/index.js`) => ({ name: `@wsss/${entry}`, path, limit, ignore: peers });

/** A budget of all files, for what only runs in Node. */
const onDisk = (name, limit) => ({
  name: `@wsss/${name}`,
  path: `packages/${name}/dist/**/*.js`,
  limit,
  disablePlugins: ['@size-limit/esbuild'],
});

export default [
  bundled('cam', '5 kB'),
  bundled('crf', '35 kB'),
  bundled('losses', '5 kB'),
  bundled('mcc', '13 kB'),
  bundled('metrics', '2 kB'),
  bundled('numpy', '10 kB'),
  bundled('ops', '4 kB'),
  bundled('vit', '9 kB'),
  bundled('wasm-kernels', '33 kB'),
  bundled('weights', '23 kB'),
  bundled('train/optimizers', '4 kB', 'packages/train/dist/optimizers.js'),
  bundled('datasets/shapes', '11 kB', 'packages/datasets/dist/shapes.js'),
  bundled('datasets/augment', '8 kB', 'packages/datasets/dist/augment.js'),
  bundled('engine/browser', '400 kB', 'packages/engine/dist/browser.js'),
  onDisk('datasets', '80 kB'),
  onDisk('engine', '430 kB'),
  onDisk('files', '12 kB'),
  onDisk('parallel', '17 kB'),
  onDisk('train', '16 kB'),
];
