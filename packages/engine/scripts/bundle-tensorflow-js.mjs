// Bundles what the engine takes from packages of TensorFlow.js that cannot be dependencies, into build/:
//
// gradients.js     gradients and chained methods of @tensorflow/tfjs-core. Only @tensorflow/tfjs registers them, which runs an install
//                  script (core-js), and tfjs-core has no file of them that Node can import.
// node-kernels.js  backend and kernels of @tensorflow/tfjs-node-gpu, whose install script downloads TensorFlow 2.9. They compute through
//                  whatever binding they are given.
// tfjs-wasm-….js   the compiled modules of @tensorflow/tfjs-backend-wasm as text, for browsers.
//
// Both use the @tensorflow/tfjs-core of the program, never a copy of it.
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { writeText } from '../../../scripts/write-text.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
const core = dirname(require.resolve('@tensorflow/tfjs-core/package.json'));
const target = join(import.meta.dirname, '..', 'build');

/** Modules in the place of others: `replacements` gives the text of one by what is imported, or undefined to leave it alone. */
const replacing = replacements => ({
  name: 'replace',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /.*/ }, ({ path, resolveDir, namespace }) => {
      if (namespace === 'replaced') return { path, external: true, sideEffects: false };
      const text = replacements(path, resolveDir);
      if (text === undefined) return undefined;
      return { path: path.startsWith('.') ? join(resolveDir, path) : path, namespace: 'replaced', sideEffects: false, pluginData: text };
    });
    onLoad({ filter: /.*/, namespace: 'replaced' }, ({ pluginData }) => ({ contents: pluginData }));
  },
});

/** Files of tfjs-core that are bundled: the gradients, the chained methods, and what these use that is not public. */
const bundled = /(^|\/)(gradients|chained_ops)\/|_grad$|_backprop(_\w+)?$|_util$|register_all_/;

/** The other files of tfjs-core, by what is public of them. */
function publicPart(path, resolveDir) {
  const file = relative(core, resolve(resolveDir, path)).replaceAll('\\', '/');
  if (!path.startsWith('.') || bundled.test(file)) return undefined;
  const source = readFileSync(join(core, `${file}.js`), 'utf8');
  const own = Array.from(source.matchAll(/^export (?:const|let|function|class) (\w+)/gm), ([, name]) => name);
  const names = ['dist/base', 'dist/ops/ops'].includes(file) ? Object.keys(tf) : own;
  const lines = names.flatMap(name => (name in tf ? `export { ${name} } from '@tensorflow/tfjs-core';` : (others[name] ?? [])));
  if (file.startsWith('dist/ops/image/')) lines.push(...own.map(name => `export const ${name} = tf.image.${name};`));
  if (file === 'dist/util') lines.push(...Object.keys(tf.util).map(name => `export const ${name} = tf.util.${name};`));
  return [`import * as tf from '@tensorflow/tfjs-core';`, ...lines].join('\n');
}

const others = {
  ENGINE: 'export const ENGINE = tf.engine();',
  getGlobalTensorClass: 'export const getGlobalTensorClass = () => tf.Tensor;',
  convertToTensor: 'export const convertToTensor = x => x;', // gradients are given tensors
};

/**
 * What tfjs-node imports: tfjs is tfjs-core here; functions of util that Node has given up; and protocol buffers of logs, which are
 * unused.
 */
const forKernels = path =>
  ({
    '@tensorflow/tfjs': `export * from '@tensorflow/tfjs-core';`,
    '@tensorflow/tfjs-core': `export * from '@tensorflow/tfjs-core';`,
    util: 'export const isArray = Array.isArray; export const isNullOrUndefined = value => value == null;',
    os: `export const endianness = () => (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'LE' : 'BE');`,
    './proto/api_pb': 'export {};',
  })[path];

async function bundle(name, contents, replacements, declarations) {
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: name },
    outfile: join(target, `${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minifyWhitespace: true,
    legalComments: 'eof',
    logLevel: 'warning',
    logOverride: { 'import-is-undefined': 'error' },
    plugins: [replacing(replacements)],
  });
  await writeFile(join(target, `${name}.d.ts`), declarations);
}

await mkdir(target, { recursive: true });
await bundle(
  'gradients',
  `import '@tensorflow/tfjs-core/dist/register_all_gradients';
   import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';`,
  publicPart,
  'export {};\n',
);
const node = '@tensorflow/tfjs-node-gpu/dist';
await bundle(
  'node-kernels',
  `export { NodeJSKernelBackend } from '${node}/nodejs_kernel_backend';
   export const registerNodeKernels = () => void require('${node}/register_all_kernels');`,
  forKernels,
  `import type { KernelBackend } from '@tensorflow/tfjs-core';
export declare const NodeJSKernelBackend: new (binding: object, packageName: string) => KernelBackend;
export declare function registerNodeKernels(): void;\n`,
);

const wasm = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
for (const name of ['simd', 'threaded-simd'])
  await writeText(
    target,
    `tfjs-wasm-${name}`,
    'packed',
    gzipSync(readFileSync(join(wasm, `tfjs-backend-wasm-${name}.wasm`)), { level: 9 }).toString('base64'),
  );
