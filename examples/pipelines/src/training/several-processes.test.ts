import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installedMpis, mpiNeeded, mpirun } from '@wsss/fixtures';
import { parseSafetensors } from '@wsss/weights';
import { afterAll, describe, expect, it } from 'vitest';
import { smallCheckpoint, smallRecipe, smallVoc } from '../test/command.js';

// Ranks are processes of their own, so they run the built command.
const mcc = resolve(import.meta.dirname, '../../bin/mcc.js');
const isBuilt = existsSync(resolve(import.meta.dirname, '../../dist/cli.js'));
const mpis = isBuilt ? installedMpis() : [];
if (mpis.length === 0)
  console.warn(`@wsss/pipelines: training over several processes ${isBuilt ? mpiNeeded : 'skipped: first pnpm build'}`);

const folder = mkdtempSync(join(tmpdir(), 'wsss-job-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'small.json');
writeFileSync(config, JSON.stringify({ ...smallRecipe, batch: 1, iterations: 8, evaluation: { before: false, batch: 30 } }));
const engine = process.env.WSSS_ENGINE ?? 'wasm';
const training = (out: string) => [
  'train',
  'shapes',
  '--config',
  config,
  '--out',
  out,
  '--engine',
  engine,
  '--threads',
  '1',
  '--verify-every',
  '3',
];
const tensorsOf = (out: string) => parseSafetensors(readFileSync(join(out, 'checkpoint.safetensors'))).tensors;

/** Runs `mcc …` in a process of its own. @throws Error if it fails. */
const one = async (args: string[]) => (await promisify(execFile)(process.execPath, [mcc, ...args])).stderr;

/** The largest difference of two runs' tensors, relative to the largest value of each. */
function difference(a: string, b: string): number {
  const others = tensorsOf(b);
  return Math.max(
    ...[...tensorsOf(a)].map(([name, { data }]) => {
      const other = others.get(name)!.data;
      let [largest, off] = [0, 0];
      for (let i = 0; i < data.length; i++) {
        largest = Math.max(largest, Math.abs(Number(data[i])));
        off = Math.max(off, Math.abs(Number(data[i]) - Number(other[i])));
      }
      return off / (largest || 1);
    }),
  );
}

describe.skipIf(mpis.length === 0)('several processes', { timeout: 240_000 }, () => {
  const alone = join(folder, 'alone');

  it.each(mpis)('train what one process with as many micro-batches trains, on $name', async mpi => {
    if (!existsSync(alone)) await one([...training(alone), '--accumulate', '2']);
    const out = join(folder, mpi.name);
    const { code, err } = await mpirun(mpi, 2, [process.execPath, mcc, ...training(out)]);
    expect(code, err).toBe(0);
    expect(err).toContain(`2 ranks, ${mpi.name}`);
    expect(err.match(/Written to/g)).toHaveLength(1);
    expect(difference(alone, out)).toBeLessThan(1e-5);
    const scores = (of: string) => JSON.parse(readFileSync(join(of, 'evaluation.json'), 'utf8')).evaluation.confusion;
    expect(scores(out)).toEqual(scores(alone));
    const records = readFileSync(join(out, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(records.filter(({ kind }) => kind === 'train').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(records[0].values.communication).toBeGreaterThan(0);
  });

  it.each(mpis)('score as one process does, on $name', async mpi => {
    const scoring = (out: string) => [
      'eval',
      'shapes',
      '--checkpoint',
      join(alone, 'checkpoint.safetensors'),
      '--out',
      out,
      '--engine',
      engine,
      '--threads',
      '1',
    ];
    const [single, three] = [join(folder, 'scores'), join(folder, `scores-${mpi.name}`)];
    await one(scoring(single));
    const { code, err } = await mpirun(mpi, 3, [process.execPath, mcc, ...scoring(three)]);
    expect(code, err).toBe(0);
    expect(readdirSync(three)).toEqual(['scores.json']);
    expect(readFileSync(join(three, 'scores.json'))).toEqual(readFileSync(join(single, 'scores.json')));
  });

  it('write pseudo labels and activation maps as one process does', async () => {
    const { root } = await smallVoc(join(folder, 'voc'), 7);
    const checkpoint = await smallCheckpoint(join(folder, 'voc.safetensors'));
    const options = ['voc', '--data', root, '--split', 'val', '--checkpoint', checkpoint, '--engine', engine, '--threads', '1'];
    const commands = {
      pseudo: ['pseudo', ...options, '--refine', 'par+crf', '--low', '0.3', '--high', '0.6', '--show', '3'],
      cam: ['cam', ...options, '--arrays', 'npy', '--show', '3'],
    };
    for (const [i, [name, args]] of Object.entries(commands).entries()) {
      const [single, three] = [join(folder, `${name}-1`), join(folder, `${name}-3`)];
      await one([...args, '--out', single]);
      const { code, err } = await mpirun(mpis.at(-i)!, 3, [process.execPath, mcc, ...args, '--out', three]);
      expect(code, err).toBe(0);
      const files = (readdirSync(single, { recursive: true }) as string[]).sort();
      expect((readdirSync(three, { recursive: true }) as string[]).sort()).toEqual(files);
      for (const file of files.filter(file => statSync(join(single, file)).isFile()))
        expect(readFileSync(join(three, file)).equals(readFileSync(join(single, file))), file).toBe(true);
    }
  });

  it('stop when one is killed, and go on as fewer', async () => {
    const out = join(folder, 'killed');
    const { code, err, seconds } = await mpirun(mpis[0]!, 2, [process.execPath, mcc, ...training(out)], {
      onText: (text, launcher) => {
        if (text.includes('train 5 ')) killRank(launcher);
      },
    });
    expect(code, err).not.toBe(0);
    expect(seconds).toBeLessThan(60);
    const files = readdirSync(out, { recursive: true }) as string[];
    expect(files.filter(name => name.endsWith('.tmp'))).toEqual([]);
    const resumed = await one([...training(out), '--resume']);
    expect(resumed).toMatch(/Going on after [24] iterations/);
    expect(resumed).toContain('From here on with 1 rank instead of 2, each with 2 × 1 images an iteration');
    expect(difference(alone, out)).toBeLessThan(1e-5);
  });

  it('end with the one line of what is wrong', async () => {
    const { code, err } = await mpirun(mpis[0]!, 2, [process.execPath, mcc, ...training(join(folder, 'never')), '--crop', '33']);
    expect(code).not.toBe(0);
    expect(err.match(/crop 33 is not a multiple/g)).toHaveLength(1);
  });
});

/** Kills one of a launcher's ranks. */
function killRank(launcher: number): void {
  const processes = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  for (const id of processes) {
    try {
      const environment = readFileSync(`/proc/${id}/environ`, 'utf8');
      const parents = ancestors(Number(id));
      if (/(?:^|\0)(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=1\0/.test(environment) && parents.includes(launcher))
        process.kill(Number(id), 'SIGKILL');
    } catch {
      // it has ended, or is not ours
    }
  }
}

function ancestors(id: number): number[] {
  const parent = Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
  return parent > 1 ? [parent, ...ancestors(parent)] : [parent];
}
