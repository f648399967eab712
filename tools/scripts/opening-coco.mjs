// Time and memory of opening an instances file of the size of COCO 2014's validation part: 40 000 generated images, 260 000 annotations.
//   node tools/scripts/opening-coco.mjs [--rounds 5] [--beside OTHER/packages/datasets/dist/index.js]
// With --beside, another build of @wsss/datasets opens the same file in turn. Each opening is a process of its own. The best of all rounds
// says most where other programs share the machine; processor time is of all threads.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { writeGeneratedCoco } from './generated-coco.mjs';
import { temporaryFolder } from './small-run.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    beside: { type: 'string' },
    images: { type: 'string', default: '40000' },
    annotations: { type: 'string', default: '260000' },
  },
});
const root = temporaryFolder('opening-coco-');
const file = join(root, 'annotations/instances_val2014.json');
await writeGeneratedCoco(file, { images: Number(values.images), annotations: Number(values.annotations), side: 320 });
console.log(`${values.images} images, ${values.annotations} annotations, ${(statSync(file).size / 1e6).toFixed(0)} MB`);

const builds = { 'this one': import.meta.resolve('@wsss/datasets') };
if (values.beside) builds[values.beside] = pathToFileURL(resolve(values.beside)).href;
const program = `
  const { openCoco } = await import(process.argv[1]);
  const start = performance.now();
  const { length } = await openCoco({ root: process.argv[2], split: 'val', year: 2014, checkFiles: false });
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ length, seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }));`;
const measured = Object.fromEntries(Object.keys(builds).map(name => [name, []]));
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, url] of Object.entries(builds)) {
    const found = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program, url, root], { encoding: 'utf8' }));
    measured[name].push(found);
    const { length, seconds, cpuSeconds, megabytes } = found;
    console.log(
      `${name}: ${length} records, ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of processor time, ${megabytes.toFixed(0)} MB`,
    );
  }
for (const [name, runs] of Object.entries(measured)) {
  const best = key => Math.min(...runs.map(run => run[key]));
  const [seconds, cpu] = ['seconds', 'cpuSeconds'].map(key => best(key).toFixed(2));
  console.log(`${name}, best of ${runs.length}: ${seconds} s, ${cpu} s of processor time, ${best('megabytes').toFixed(0)} MB`);
}
