// Packs the packages as they would be published, and serves them from a registry on this machine: `npm install @wsss/x` in any folder then
// does what it will do for everybody else.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Names of the packages that are published. */
export const publicPackages = readdirSync(join(root, 'packages'))
  .map(folder => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')))
  .filter(({ private: isPrivate }) => !isPrivate)
  .map(({ name }) => name);

/** Packs every package into a new folder, which `remove` removes. */
export function packPackages() {
  const folder = mkdtempSync(join(tmpdir(), 'wsss-packed-'));
  const only = publicPackages.flatMap(name => ['--filter', name]);
  run(root, 'pnpm', ['--recursive', ...only, 'pack', '--pack-destination', folder]);
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Serves the tarballs of a folder as the registry of the scope @wsss; says what is in each. */
export async function serveRegistry(folder) {
  const packages = new Map();
  const tar = (...args) => execFileSync('tar', args, { cwd: folder, encoding: 'utf8' });
  const contents = [];
  const server = createServer(({ url }, response) => {
    const file = /^\/tarballs\/([\w.-]+\.tgz)$/.exec(url)?.[1];
    const document = packages.get(decodeURIComponent(url.slice(1)));
    if (file) response.end(readFileSync(join(folder, file)));
    else if (document) response.end(JSON.stringify(document));
    else response.writeHead(404).end();
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  for (const file of readdirSync(folder)) {
    const manifest = JSON.parse(tar('-xzOf', file, 'package/package.json'));
    const integrity = `sha512-${createHash('sha512')
      .update(readFileSync(join(folder, file)))
      .digest('base64')}`;
    const { name, version } = manifest;
    const paths = tar('-tzf', file).trim().split('\n');
    contents.push({ name, manifest, files: paths.map(path => path.replace(/^package\//, '')) });
    const dist = { tarball: `${url}tarballs/${file}`, integrity };
    packages.set(name, { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } });
  }
  return { url, packages: contents, close: () => server.close() };
}

/** The environment without what pnpm sets for its scripts, of which npm would warn. */
const outside = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

/** Runs a program beside what this one does, such as serving a registry, and gives what it wrote. @throws Error with that if it fails */
export function runLater(folder, program, args, { env = {}, timeout = 300_000 } = {}) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: folder, timeout, env: { ...outside, ...env } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed in ${folder}\n${stdout}${stderr}`));
      else resolve(stdout + stderr);
    });
  });
}

/** Runs a program and gives what it wrote, both streams as one text. @throws Error with that text if it fails */
export function run(folder, program, args, { env = {}, timeout = 300_000 } = {}) {
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8', timeout, env: { ...outside, ...env }, stdio: 'pipe' });
  } catch ({ message, stdout = '', stderr = '' }) {
    throw new Error(`${message.split('\n')[0]} in ${folder}\n${stdout}${stderr}`);
  }
}
