// Writes docs/engines.md: which recorded cases each engine that works here passes, and how far from the recorded numbers it is.
//   node tools/scripts/engines-table.mjs [native,wasm,…]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/prepare.mjs';

const engines = (process.argv[2] ?? 'native,wasm').split(',');
const tools = join(root, 'tools/dist/cli.js');
const columns = engines.map(engine => {
  const { stdout, stderr } = spawnSync(process.execPath, [tools, 'parity', join(root, 'fixtures/golden'), '--engine', engine, '--json'], {
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(`${engine}: ${stderr}`);
  const { engine: version, results } = JSON.parse(stdout);
  return { engine, version, results: new Map(results.map(result => [result.name, result])) };
});
const share = worst => (worst ? `${(worst.error && worst.error / worst.tolerance).toFixed(2)} of tolerance` : '–');
const cell = ({ state, worst }) => (state === 'not built' ? state : `${state} (${share(worst)})`);
const names = [...columns[0].results.keys()];
const table = [
  '# What works on which engine',
  '',
  'Written by `pnpm docs:engines`; not by hand. Each row is a case of recorded numbers of the reference program (`fixtures/golden`).',
  'A figure is the largest error of the case as a share of its tolerance: 1 would just pass. Tolerances are printed by',
  '`pnpm parity fixtures/golden --verbose`.',
  '',
  `| case | ${columns.map(({ engine, version }) => `${engine} (${version})`).join(' | ')} |`,
  `| --- | ${columns.map(() => '---').join(' | ')} |`,
  ...names.map(name => `| ${name} | ${columns.map(({ results }) => cell(results.get(name))).join(' | ')} |`),
  '',
].join('\n');
const file = join(root, 'docs/engines.md');
writeFileSync(file, table);
console.log(`wrote ${file}`);
