// pnpm sbom: what is installed with the packages and the mcc command at run time, as an SBOM (CycloneDX 1.5) and a list of licenses:
// build/sbom.cdx.json and build/licenses.md. With --check it only says whether a license is there that is not known to fit Apache-2.0.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
/** Licenses, in the words of SPDX, that a program under Apache-2.0 may be shipped with. */
const fitting =
  /^(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|LGPL-3\.0-or-later|Python-2\.0|WTFPL|Zlib)$/;

const filters = ['./packages/*', './examples/pipelines'].flatMap(path => ['--filter', path]);
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const text = execFileSync('npx', ['--yes', packageManager, ...filters, 'licenses', 'list', '--prod', '--json'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const found = Object.entries(JSON.parse(text)).flatMap(([license, packages]) =>
  packages.flatMap(({ name, versions, homepage }) => versions.map(version => ({ name, version, license, homepage }))),
);
found.sort((a, b) => (a.name === b.name ? (a.version < b.version ? -1 : 1) : a.name < b.name ? -1 : 1));

const isFitting = license =>
  license
    .split(/ AND | OR |[()]/)
    .filter(Boolean)
    .some(part => fitting.test(part.trim()));
const unknown = found.filter(({ license }) => !isFitting(license));
for (const { name, version, license } of unknown) process.stderr.write(`${name} ${version}: look at its license, ${license}\n`);
if (unknown.length) process.exitCode = 1;

if (!process.argv.includes('--check')) {
  const purl = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const components = found.map(one => ({
    type: 'library',
    'bom-ref': purl(one),
    ...{ name: one.name, version: one.version, purl: purl(one) },
    licenses: [/^[\w.+-]+$/.test(one.license) ? { license: { id: one.license } } : { expression: one.license }],
  }));
  const application = { type: 'application', name: 'wsss', licenses: [{ license: { id: 'Apache-2.0' } }] };
  const sbom = { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: application }, components };
  const rows = found.map(({ name, version, license, homepage }) => `| ${name} | ${version} | ${license} | ${homepage ?? ''} |`);
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(join(root, 'build/sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
  writeFileSync(
    join(root, 'build/licenses.md'),
    ['| package | version | license | home |', '| --- | --- | --- | --- |', ...rows, ''].join('\n'),
  );
  process.stdout.write(`build/sbom.cdx.json and build/licenses.md: ${found.length} packages\n`);
}
