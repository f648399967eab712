// What each package may add to a page, or to Node, compressed (brotli): the package with those of its dependencies that are not peers.
// `pnpm size` measures. A budget is about a tenth above what the package takes now.
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
  bundled('cam', '3.9 kB'),
  bundled('crf', '30 kB'),
  bundled('losses', '3.8 kB'),
  bundled('mcc', '11 kB'),
  bundled('metrics', '1.5 kB'),
  bundled('numpy', '7.1 kB'),
  bundled('ops', '3.0 kB'),
  bundled('vit', '6.9 kB'),
  bundled('wasm-kernels', '28 kB'),
  bundled('weights', '15 kB'),
  bundled('train/optimizers', '2.9 kB', 'packages/train/dist/optimizers.js'),
  bundled('datasets/shapes', '9.1 kB', 'packages/datasets/dist/shapes.js'),
  bundled('datasets/augment', '6.5 kB', 'packages/datasets/dist/augment.js'),
  bundled('engine/browser', '357 kB', 'packages/engine/dist/browser.js'),
  onDisk('datasets', '49 kB'),
  onDisk('engine', '384 kB'),
  onDisk('files', '6.6 kB'),
  onDisk('parallel', '14 kB'),
  onDisk('train', '12 kB'),
];
