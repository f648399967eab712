// Builds one page of everything that runs in a browser with vite, esbuild and webpack, outside the workspace, from packed packages, without
// configuration and minified, and opens it in headless Chromium: cross-origin isolated and not, on every engine. Needs Chromium
// (Debian: apt-get install chromium; or CHROMIUM_PATH), and says so where there is none.
//
// usage: node tools/scripts/browsers.mjs [vite] [esbuild] [webpack]   with a version if wanted: vite@6
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { packPackages, run, runLater, serveRegistry } from './packed-packages.mjs';

const packages = ['cam', 'crf', 'datasets', 'engine', 'losses', 'mcc', 'metrics', 'numpy', 'ops', 'train', 'vit', 'weights'];
const backends = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm'];

/** How each bundler builds src/index.js into site/, and what is installed beside it. */
const bundlers = {
  vite: { build: folder => run(folder, 'npx', ['vite', 'build', '--outDir', 'site']) },
  esbuild: {
    build: folder => {
      run(folder, 'npx', ['esbuild', 'src/index.js', '--bundle', '--minify', '--outfile=site/main.js']);
      writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><script src="main.js"></script>');
    },
  },
  webpack: {
    beside: ['webpack-cli'],
    build: folder => {
      run(folder, 'npx', ['webpack', '--mode', 'production', '--output-path', 'site']);
      writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><script src="main.js"></script>');
    },
  },
};

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = [process.env.CHROMIUM_PATH, ...usual].find(path => path && existsSync(path));
if (!executablePath) {
  process.stderr.write('No Chromium was found, so no page was built. Install it (apt-get install chromium) or set CHROMIUM_PATH.\n');
  process.exit(0);
}
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(bundlers);
const packed = packPackages();
const registry = await serveRegistry(packed.folder);
const folder = mkdtempSync(join(tmpdir(), 'wsss-browsers-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  for (const name of chosen) await check(name, bundlers[name.split('@')[0]]);
} finally {
  await browser.close();
  registry.close();
  packed.remove();
  rmSync(folder, { recursive: true });
}

async function check(name, { beside = [], build }) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true }');
  writeFileSync(join(place, 'index.html'), '<!doctype html><script type="module" src="/src/index.js"></script>');
  cpSync(join(import.meta.dirname, 'browser-page'), join(place, 'src'), { recursive: true });
  const wanted = [...packages.map(name => `@wsss/${name}`), ...backends, name, ...beside];
  await runLater(place, 'npm', ['install', `--@wsss:registry=${registry.url}`, '--no-audit', '--no-fund', ...wanted]);
  build(place);
  const script = join(place, 'site', 'main.js');
  const found = {};
  for (const [isolated, engine] of [
    [true, 'auto'],
    [false, 'auto'],
    [true, 'wasm'],
  ])
    found[`${engine}, ${isolated ? 'isolated' : 'not isolated'}`] = await open(join(place, 'site'), isolated, engine);
  expectAll(found);
  const size = existsSync(script) ? `main.js ${(statSync(script).size / 1e6).toFixed(2)} MB, ` : '';
  process.stdout.write(`${name.padEnd(12)} ${size}${Object.keys(found).length} pages work\n`);
}

function expectAll(found) {
  for (const [how, page] of Object.entries(found)) {
    const { engine, losses, small, camMax, crf, files, engines, errors } = page;
    assert.deepEqual({ how, error: page.error, errors }, { how, error: undefined, errors: [] });
    const threaded = how === 'auto, isolated';
    assert.equal(engine.name, threaded ? 'wasm-threads' : 'wasm', how);
    assert.equal(engine.threads > 1, threaded, how);
    assert.match(engine.version, threaded ? /^TensorFlow.js WASM 4.*threads\)$/ : /^TensorFlow.js WASM 4.*1 thread\)$/);
    const works = Object.fromEntries(engines.map(report => [report.name, report.works]));
    assert.deepEqual([works['wasm-threads'], works.wasm, works.cpu], [!how.includes('not'), true, true], how);
    assert.deepEqual(small, [1, 32, 32, 3]);
    assert.ok(losses.every(value => Number.isFinite(value) && value > 0) && losses[1] > 40, `${how}: losses ${losses}`);
    assert.ok(camMax > 0.9 && camMax <= 1, `${how}: cam ${camMax}`);
    assert.deepEqual([crf.pool, crf.tensor, crf.energy, crf.accuracy, files], [true, [64, 64, 6], 0, true, true], how);
    assert.match(crf.threads, how.includes('not') ? /cross-origin isolated/ : /^two threads agree with one$/, how);
  }
}

/** Opens the page of a folder and gives what it found, and what went wrong meanwhile. */
async function open(site, isolated, engine) {
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const headers = isolated ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } : {};
  const server = createServer(({ url }, response) => {
    const path = url.split('?')[0];
    const file = path === '/' ? '/index.html' : path;
    try {
      const body = readFileSync(join(site, file));
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', ...headers }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', message => {
    const expected = /favicon/.test(message.location().url) || message.text() === 'No available adapters.'; // of WebGPU
    if (['error', 'warning'].includes(message.type()) && !expected) errors.push(message.text());
  });
  try {
    await page.goto(`http://localhost:${server.address().port}/?engine=${engine}`);
    await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 120_000 });
    return { ...(await page.evaluate(() => globalThis.found)), errors };
  } finally {
    await page.close();
    server.close();
  }
}
