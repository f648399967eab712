// Each package as a stranger meets it: packed, installed alone with npm in an empty folder outside the workspace, imported and required.
// Then every program of the READMEs and of the guide is compiled under strict TypeScript, 5.9 and 6, by the rules of Node and of bundlers,
// and run where nothing but the document's own line has been installed. Needs the npm registry, and nothing else. Prints a table.
//
// usage: pnpm test:alone [--native] [VERSION of Node]… [@wsss/PACKAGE]…
//   --native: programs run on TensorFlow's library as well, which the engine's own command installs if it is not there yet
//   versions: on these programs run, and packages are imported and required, as well
//   packages: these alone, and without the guide
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { documents } from './documented-programs.mjs';
import { nodeOfVersion } from './node-versions.mjs';
import { packPackages, publicPackages, runLater, serveRegistry } from './packed-packages.mjs';

const { values, positionals } = parseArgs({ options: { native: { type: 'boolean', default: false } }, allowPositionals: true });
const chosen = positionals.filter(word => word.startsWith('@'));
const unknown = chosen.find(name => !publicPackages.includes(name));
if (unknown) throw new Error(`${unknown} is no package that is published; there are ${publicPackages.join(', ')}`);
const nodes = [process.execPath, ...positionals.filter(word => !word.startsWith('@')).map(nodeOfVersion)];
const versions = nodes.map(node => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim());
const engines = values.native ? ['wasm', 'native'] : ['wasm'];
const packed = packPackages();
const registry = await serveRegistry(packed.folder);
const outside = mkdtempSync(join(tmpdir(), 'wsss-stand-alone-'));
const problems = [];
const shown = documents.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
let ran = 0;
try {
  for (const { name, manifest, files } of registry.packages) checkTarball(name, manifest, files);
  say('| package alone | time | on disk | packages | itself |\n| --- | --- | --- | --- | --- |');
  for (const name of chosen.length ? chosen : publicPackages) await installAlone(name);
  const compiled = await compilePrograms();
  // Two at a time: npm waits for the registry, programs for the processor.
  const queue = [...shown];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await runPrograms(next, compiled);
  };
  await Promise.all([worker(), worker()]);
  say(`${ran} runs of programs on Node ${versions.join(', ')}, engines ${engines.join(' and ')}`);
} finally {
  registry.close();
  packed.remove();
  rmSync(outside, { recursive: true });
}
for (const problem of problems) process.stderr.write(`\n✗ ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);

function say(line) {
  process.stdout.write(`${line}\n`);
}

function checkTarball(name, manifest, files) {
  if (JSON.stringify(manifest).includes('workspace:')) problems.push(`${name}: workspace: is left in its package.json`);
  const missing = ['LICENSE', 'README.md'].filter(file => !files.includes(file));
  if (missing.length) problems.push(`${name}: no ${missing.join(' and no ')} in its tarball`);
  const stray = files.filter(file => /(^|\/)(src|test)\/|\.test\.|\.tsbuildinfo$/.test(file));
  if (stray.length) problems.push(`${name}: ${stray[0]} in its tarball`);
}

/** The folder of a package or document, outside the workspace; empty at first. */
function folderOf(name) {
  const folder = join(outside, name.replace(/\W/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** npm install, which must have nothing to warn of. */
async function install(name, words) {
  const folder = folderOf(name);
  const manifest = join(folder, 'package.json');
  if (!readdirSync(folder).length) writeFileSync(manifest, JSON.stringify({ private: true, type: 'module' }));
  const said = await runLater(folder, 'npm', ['install', `--@wsss:registry=${registry.url}`, '--no-audit', '--no-fund', ...words]);
  if (/warn|deprecated/i.test(said)) problems.push(`npm install ${words.join(' ')} says\n${said}`);
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  if (scripts.length > 0) problems.push(`npm install ${words.join(' ')}: install scripts of ${scripts.map(([path]) => path)}`);
  return { folder, count: Object.keys(packages).length };
}

async function installAlone(name) {
  const start = performance.now();
  const { folder, count } = await install(name, [name]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  // What is for tensors alone wants TensorFlow.js, and only then.
  const entries = Object.keys(exports).filter(entry => entry !== './package.json' && name + entry !== '@wsss/crf./tensor');
  const paths = JSON.stringify(entries.map(entry => name + entry.slice(1)));
  const check = "if (!Object.keys(found).length) throw new Error(path + ' exports nothing');";
  writeFileSync(join(folder, 'import.mjs'), `for (const path of ${paths}) { const found = await import(path); ${check} }`);
  writeFileSync(join(folder, 'require.cjs'), `for (const path of ${paths}) { const found = require(path); ${check} }`);
  for (const node of nodes)
    for (const program of ['import.mjs', 'require.cjs']) await expectSilence(`${program} of ${name}`, folder, program, node);
  const size = (sizeOf(join(folder, 'node_modules')) / 1e6).toFixed(1);
  const own = (sizeOf(join(folder, 'node_modules', name)) / 1e3).toFixed(0);
  say(`| \`${name}\` | ${seconds} s | ${size} MB | ${count} | ${own} kB |`);
}

/** Runs a program that must end well. What Node of this version warns of by itself, such as that `require` takes modules, is no fault. */
async function expectSilence(what, folder, program, node, engine) {
  const args = ['--disable-warning=ExperimentalWarning', '--throw-deprecation', program];
  try {
    const said = await runLater(folder, node, args, { timeout: 120_000, env: engine ? { WSSS_ENGINE: engine } : {} });
    if (/warning/i.test(said)) problems.push(`${what}: ${said}`);
    return said;
  } catch (error) {
    problems.push(`${what}: ${error.message}`);
    return '';
  }
}

function sizeOf(path) {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Compiles the programs of all documents where everything is installed: JavaScript by the name of its program. */
async function compilePrograms() {
  const tools = ['typescript@5.9', 'typescript-6@npm:typescript@6', '@types/node@20'];
  const { folder } = await install('programs', [...new Set([...shown.flatMap(({ install }) => install), ...tools])]);
  const programs = shown.flatMap(({ programs }) => programs);
  for (const { file, code } of programs) writeFileSync(join(folder, `${file}.ts`), code);
  const strict = ['--strict', '--skipLibCheck', '--target', 'es2023', '--types', 'node', ...programs.map(({ file }) => `${file}.ts`)];
  for (const compiler of ['typescript', 'typescript-6'])
    for (const rules of [
      ['--module', 'nodenext'],
      ['--module', 'preserve', '--moduleResolution', 'bundler'],
    ]) {
      try {
        await runLater(folder, 'node', [join('node_modules', compiler, 'bin', 'tsc'), ...rules, ...strict]);
        say(`${programs.length} programs compile under ${compiler} ${rules.at(-1)}`);
      } catch (error) {
        problems.push(`${compiler} ${rules.at(-1)}: ${error.message}`);
      }
    }
  return Object.fromEntries(programs.map(({ file }) => [file, readFileSync(join(folder, `${file}.js`), 'utf8')]));
}

/** Installs what a document says, and runs its programs. */
async function runPrograms({ name, install: words, programs }, compiled) {
  const alone = words.join(' ') === name; // as it is installed by now
  const { folder } = alone ? { folder: folderOf(name) } : await install(name, words);
  for (const { file } of programs) writeFileSync(join(folder, `${file}.js`), compiled[file]);
  const rounded = text => text.replace(/\d\.\d+/g, number => Number(number).toFixed(2)).trim();
  for (const engine of words.includes('@wsss/engine') ? engines : ['wasm']) {
    if (engine === 'native') await runLater(folder, 'npx', ['wsss-engine', 'install', 'native']);
    for (const [i, node] of nodes.entries())
      for (const { file, runs, prints } of programs) {
        if (!runs) continue;
        const what = `${file} of ${name} on Node ${versions[i]}, ${engine}`;
        const said = await expectSilence(what, folder, `${file}.js`, node, engine);
        if (prints && rounded(said) !== rounded(prints)) problems.push(`${what} prints\n${said}but shows\n${prints}`);
        ran++;
      }
  }
}
