// npm run demo: installs, builds, trains MCC on generated Shapes and writes runs/demo/report.html. Arguments go to mcc train.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root, run } from './prepare.mjs';

prepare();
const out = join('runs', 'demo');
// An earlier demo is kept under the next free number.
if (existsSync(join(root, out, 'log.jsonl'))) {
  const runs = new Set(readdirSync(join(root, 'runs')));
  let number = 1;
  while (runs.has(`demo-${number}`)) number++;
  renameSync(join(root, out), join(root, `${out}-${number}`));
}
run(process.execPath, ['examples/pipelines/bin/mcc.js', 'train', 'shapes', '--out', out, ...process.argv.slice(2)]);
process.stderr.write(`Open ${join(root, out, 'report.html')}\n`);
