import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../../..');
const golden = join(root, 'fixtures/golden');

/** What stands in a page for packages whose usual entry needs Node. */
const inPages = {
  '@wsss/datasets': ['@wsss/datasets/augment', '@wsss/datasets/labels'],
  '@wsss/engine': ['@wsss/engine/graphs'],
  '@wsss/train': ['@wsss/train/optimizers'],
  '@wsss/fixtures': ['golden-network', 'golden-tensors'].map(name => join(root, `fixtures/src/${name}.ts`)),
  '@wsss/pipelines': [
    ...['inference/multi-scale-segmentation', 'network/large-fov', 'network/normalize', 'network/parameter-groups'],
    ...['network/segmentation-network', 'recipes/voc', 'training/losses', 'training/step-inputs'],
  ].map(name => join(root, `examples/pipelines/src/${name}.ts`)),
};

const entry = `
  import { startEngine } from '@wsss/engine/browser';
  import { fetchAndCompare, pageCases } from ${JSON.stringify(join(root, 'tools/src/parity/page-cases.ts'))};
  globalThis.names = Object.keys(pageCases);
  globalThis.start = async engine => {
    if (engine === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
    return (await startEngine({ engine })).version;
  };
  globalThis.compare = async name => {
    const { state, problem, worst } = await fetchAndCompare(name, 'golden');
    return { name, state, problem, worst };
  };
  document.title = 'ready';`;

async function bundle() {
  const plugin = {
    name: 'in pages',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^@wsss\/[a-z]+$/ }, ({ path, namespace }) =>
        path in inPages && namespace === 'file' ? { path, namespace: 'page' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'page' }, ({ path }) => ({
        contents: inPages[path].map(from => `export * from ${JSON.stringify(from)};`).join('\n'),
        resolveDir: join(root, 'examples/playground'),
      }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: join(root, 'examples/playground') },
    ...{ bundle: true, format: 'iife', platform: 'browser', target: 'es2022', write: false, plugins: [plugin], logLevel: 'error' },
  });
  return outputFiles[0].text;
}

/** Serves the page and the recorded numbers, with the headers for threads. */
async function serve(script) {
  const server = createServer(({ url }, response) => {
    const type = { '.json': 'application/json', '.js': 'text/javascript' }[extname(url)] ?? 'application/octet-stream';
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    if (url === '/')
      return response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!doctype html><script src="/main.js"></script>');
    if (url === '/main.js') return response.writeHead(200, { ...headers, 'Content-Type': type }).end(script);
    const name = /^\/golden\/([\w.]+)$/.exec(url)?.[1];
    if (!name || !readdirSync(golden).includes(name)) return response.writeHead(404, headers).end();
    return response.writeHead(200, { ...headers, 'Content-Type': type }).end(readFileSync(join(golden, name)));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

/** The recorded numbers of the reference program in a page: all cases that need no file system. */
async function checkParity(engine, args = []) {
  const site = await serve(await bundle());
  const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(Boolean);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
  try {
    const page = await browser.newPage();
    page.on('pageerror', error => process.stderr.write(`${error}\n`));
    await page.goto(site.address);
    await page.waitForFunction(() => document.title === 'ready');
    const version = await page.evaluate(name => globalThis.start(name), engine);
    const failures = [];
    let count = 0;
    for (const name of await page.evaluate(() => globalThis.names)) {
      if (!readdirSync(golden).includes(`${name}.json`)) continue;
      const { state, problem, worst } = await page.evaluate(one => globalThis.compare(one), name);
      if (state !== 'PASS') failures.push(`${name}: ${problem ?? JSON.stringify(worst)}`);
      count++;
      if (engine === 'webgpu') process.stdout.write(`  ${state} ${name}\n`); // it may take minutes
    }
    assert.deepEqual(failures, []);
    return `${count} cases pass on ${version}`;
  } finally {
    await browser.close();
    site.close();
  }
}

export const checkParityOnWasm = () => checkParity('wasm-threads');

/** On SwiftShader, WebGPU's driver for processors, or on a GPU where Chromium finds one. */
export const checkParityOnWebgpu = () =>
  checkParity('webgpu', [
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan',
    '--use-webgpu-adapter=swiftshader',
    '--ignore-gpu-blocklist',
  ]);
