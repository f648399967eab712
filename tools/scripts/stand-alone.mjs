// Each package as a stranger meets it: packed, installed alone with npm in an empty folder outside the workspace, imported and required.
// Then every example of the READMEs is compiled under strict TypeScript, 5.9 and 6, by the rules of Node and of bundlers, and run.
// Needs the npm registry, and nothing else.
//
// usage: node tools/scripts/stand-alone.mjs [--examples] [another node binary]…   examples run on these too; --examples: nothing else
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages, publicPackages, root, run, runLater, serveRegistry } from './packed-packages.mjs';

const packed = packPackages();
const registry = await serveRegistry(packed.folder);
const outside = mkdtempSync(join(tmpdir(), 'wsss-stand-alone-'));
const problems = [];
try {
  const [only, ...nodes] = process.argv[2] === '--examples' ? process.argv.slice(2) : [undefined, ...process.argv.slice(2)];
  if (!only) for (const name of publicPackages) await installAlone(name);
  await checkExamples(nodes);
} finally {
  registry.close();
  packed.remove();
  rmSync(outside, { recursive: true });
}
for (const problem of problems) process.stderr.write(`\n✗ ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);

async function newFolder(name, install, contents = {}) {
  const folder = join(outside, name.replace('/', '-'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...contents }));
  const wanted = ['install', `--@wsss:registry=${registry.url}`, '--no-audit', '--no-fund', ...install];
  return { folder, said: await runLater(folder, 'npm', wanted) };
}

async function installAlone(name) {
  const start = Date.now();
  const { folder, said } = await newFolder(name, [name]);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  if (/warn|deprecated/i.test(said)) problems.push(`${name}: npm says\n${said}`);
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  if (scripts.length > 0) problems.push(`${name}: install scripts of ${scripts.map(([path]) => path)}`);
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter(entry => entry !== './package.json');
  // What is for tensors alone wants TensorFlow.js, and only then.
  const needed = entries.filter(entry => `${name}${entry}` !== '@wsss/crf./tensor').map(entry => name + entry.slice(1));
  for (const entry of needed) {
    writeFileSync(
      join(folder, 'import.mjs'),
      `import * as found from '${entry}'; if (!Object.keys(found).length) throw new Error('nothing');`,
    );
    writeFileSync(join(folder, 'require.cjs'), `if (!Object.keys(require('${entry}')).length) throw new Error('nothing');`);
    for (const program of ['import.mjs', 'require.cjs']) expectSilence(`${entry} (${program})`, folder, [program]);
  }
  const size = (sizeOf(join(folder, 'node_modules')) / 1e6).toFixed(1);
  const own = (sizeOf(join(folder, 'node_modules', name)) / 1e3).toFixed(0);
  const count = Object.keys(packages).length;
  process.stdout.write(
    `${name.padEnd(20)} ${seconds.padStart(6)} s ${size.padStart(7)} MB ${String(count).padStart(4)} packages, itself ${own} kB\n`,
  );
  rmSync(folder, { recursive: true });
}

/** Runs a program that must end well. What Node of this version warns of by itself, such as that `require` takes modules, is no fault. */
function expectSilence(what, folder, args, node = process.execPath) {
  try {
    const said = run(folder, node, ['--disable-warning=ExperimentalWarning', '--throw-deprecation', ...args], { timeout: 120_000 });
    if (/warning/i.test(said)) problems.push(`${what}: ${said}`);
  } catch (error) {
    problems.push(`${what}: ${error.message}`);
  }
}

function sizeOf(path) {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Blocks ```ts of the READMEs. What stands behind `ts` says why one is only compiled. */
function examplesOf(name) {
  const readme = readFileSync(join(root, 'packages', name.split('/')[1], 'README.md'), 'utf8');
  if (/```(js|javascript|typescript)\b/.test(readme)) problems.push(`${name}: an example in its README is not marked as ts`);
  return Array.from(readme.matchAll(/```ts([^\n]*)\n(.*?)```/gs), ([, needs, text], i) => ({
    name: `${name.split('/')[1]}-${i + 1}`,
    runs: needs.trim() === '',
    text,
  }));
}

async function checkExamples(otherNodes) {
  const install = [
    ...publicPackages,
    ...['core', 'backend-cpu', 'backend-wasm'].map(name => `@tensorflow/tfjs-${name}`),
    ...['typescript@5.9', 'typescript-6@npm:typescript@6', '@types/node@20'],
  ];
  const { folder } = await newFolder('examples', install, { type: 'module' });
  const examples = publicPackages.flatMap(examplesOf);
  for (const { name, text } of examples) writeFileSync(join(folder, `${name}.ts`), text);
  const files = examples.map(({ name }) => `${name}.ts`);
  for (const compiler of ['typescript', 'typescript-6'])
    for (const rules of [
      ['--module', 'nodenext'],
      ['--module', 'preserve', '--moduleResolution', 'bundler'],
    ]) {
      const strict = ['--strict', '--skipLibCheck', '--target', 'es2023', '--types', 'node'];
      try {
        await runLater(folder, 'node', [join('node_modules', compiler, 'bin', 'tsc'), ...strict, ...rules, ...files]);
        process.stdout.write(`${examples.length} examples compile under ${compiler} ${rules.at(-1)}\n`);
      } catch (error) {
        problems.push(`${compiler} ${rules.at(-1)}: ${error.message}`);
      }
    }
  const running = examples.filter(({ runs }) => runs);
  for (const node of [process.execPath, ...otherNodes]) {
    for (const { name } of running) expectSilence(`example ${name} on ${node}`, folder, [`${name}.js`], node);
    process.stdout.write(`${running.length} examples ran on Node ${run(folder, node, ['--version']).trim()}\n`);
  }
}
