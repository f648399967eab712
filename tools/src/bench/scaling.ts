import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeAtomically } from '@wsss/files';
import { chartGrid, type EngineChoice, escapeHtml, integer, lineChart, page, table } from '@wsss/pipelines';
import type { Command } from 'commander';
import { runMcc } from '../run-mcc.js';
import { addBenchmark } from './benchmark.js';
import { addRoundsOptions, progress, type RoundsOptions } from './rounds.js';
import type { StepFigures } from './step.js';

/** What an iteration is timed with. */
export interface Size {
  backbone: string;
  /** Side of the crops, pixels. */
  crop: number;
  batch: number;
  classes: number;
}

const middle: Size = { backbone: 'deit_tiny', crop: 448, batch: 1, classes: 20 };

/** DeiT-Tiny with one crop of 448², and everything that differs from it in one respect. */
export const sizes: Size[] = [
  ...[224, 320, 448, 640].map(crop => ({ ...middle, crop })),
  ...[2, 4].map(batch => ({ ...middle, batch })),
  { ...middle, classes: 80 },
  ...['deit_small', 'deit_base'].map(backbone => ({ ...middle, backbone })),
];

/** mcc bench scaling */
export function addScalingBenchmark(bench: Command): void {
  const command = bench
    .command('scaling')
    .summary('how time and memory grow with crop, batch, classes and backbone')
    .description(
      'Times training iterations of several sizes, each in a process of its own, whose memory is counted. What is measured is kept in ' +
        '--out: typed again, the command goes on after it.',
    )
    .option('--iterations <n>', 'iterations a round, after one that is not counted', integer(1), 2)
    .option('--out <dir>', 'folder for the figures of each size, and a page of all', 'runs/scaling');
  addBenchmark(addRoundsOptions(command, '--backbone --crop --batch --threads --iters'), {
    engine: true,
    example: 'mcc bench scaling --engine native --threads 2 --peer "python3 peer_iteration.py"',
    measure: (options: ScalingOptions) => measureScaling(options, sizes, runMcc, progress),
    lines: (figures, { out }) => [...figures.map(describeSize), `Written to ${out}: scaling.html, and a .json of each size`],
  });
}

type ScalingOptions = RoundsOptions & EngineChoice & { iterations: number; out: string };

/**
 * Times each of the sizes that `out` has no figures of, and writes them with a page of all that there are.
 *
 * @param run `mcc` with arguments, which gives the last line that it prints
 * @param say is told what each size took
 * @throws Error if `out` holds figures that were measured with other options
 */
export async function measureScaling(
  { engine, threads, tensorflow, rounds, iterations, peer, out }: ScalingOptions,
  sizes: readonly Size[],
  run: (args: string[]) => Promise<string>,
  say: (text: string) => void = () => {},
): Promise<StepFigures[]> {
  makeFolder(out);
  const measured = { engine: engine ?? (process.env.WSSS_ENGINE || 'auto'), threads, tensorflow, rounds, iterations };
  await keepOptions(out, { ...measured, peer });
  const found: StepFigures[] = [];
  for (const size of sizes) {
    const file = join(out, `${Object.values(size).join('-')}.json`);
    const given = { ...size, ...measured, peer: peerComputes(size) ? peer : undefined };
    const options = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
    if (!existsSync(file)) await writeAtomically(file, `${await run(['bench', 'step', ...options, '--json'])}\n`);
    found.push(JSON.parse(readFileSync(file, 'utf8')) as StepFigures);
    say(`${found.length} of ${sizes.length}: ${describeSize(found.at(-1)!)}`);
    await writeAtomically(join(out, 'scaling.html'), scalingPage(found));
  }
  return found;
}

/** Notes what the figures in a folder were measured with. @throws Error if that was something else */
async function keepOptions(out: string, options: object): Promise<void> {
  const file = join(out, 'options.json');
  const text = `${JSON.stringify(options)}\n`;
  if (!existsSync(file)) await writeAtomically(file, text);
  else if (readFileSync(file, 'utf8') !== text)
    throw new Error(`${out} holds figures measured with ${readFileSync(file, 'utf8').trim()}: take another --out, or these options`);
}

/** Whether the peer can do the same work: it has 20 classes, and cells of 4×4 patches that fill the crop. */
const peerComputes = ({ crop, classes }: Size) => classes === middle.classes && crop % 64 === 0;

const describeSize = ({ backbone, crop, batch, classes, step, peakResidentMegabytes, peer }: StepFigures) =>
  `${backbone}, ${batch} × ${crop}², ${classes} classes: ${step.median.toFixed(2)} s, ${peakResidentMegabytes} MB` +
  (peer
    ? `; ${peer.ratio.toFixed(3)} of the peer's time, ${(peakResidentMegabytes / peer.peakResidentMegabytes).toFixed(2)} of its memory`
    : '');

/** The figures as a table and as curves, in a page that opens from disk. */
export function scalingPage(figures: readonly StepFigures[]): string {
  const rows = figures.map(({ backbone, crop, batch, classes, step, peakResidentMegabytes: memory, peer }) => [
    ...[escapeHtml(backbone), `${batch} × ${crop}²`, `${classes}`, `${step.median.toFixed(2)} s`, `${memory} MB`],
    ...(peer
      ? [
          `${peer.median.toFixed(2)} s`,
          `${peer.peakResidentMegabytes} MB`,
          peer.ratio.toFixed(3),
          (memory / peer.peakResidentMegabytes).toFixed(2),
        ]
      : ['', '', '', '']),
  ]);
  const charts = (['crop', 'batch'] as const).flatMap(name => {
    const along = figures.filter(size => (Object.keys(middle) as (keyof Size)[]).every(key => key === name || isMiddle(size, key)));
    const chart = (title: string, ours: (size: StepFigures) => number, theirs: (peer: NonNullable<StepFigures['peer']>) => number) =>
      lineChart({
        title,
        x: name,
        series: [
          { name: 'ours', points: along.map(size => [size[name], ours(size)] as const) },
          { name: 'peer', points: along.flatMap(size => (size.peer ? [[size[name], theirs(size.peer)] as const] : [])) },
        ],
      });
    const gigabytes = (measured: { peakResidentMegabytes: number }) => measured.peakResidentMegabytes / 1000;
    const seconds = chart(
      'seconds an iteration',
      size => size.step.median,
      peer => peer.median,
    );
    return [seconds, chart('memory, GB', gigabytes, gigabytes)];
  });
  const head = ['backbone', 'batch × crop', 'classes', 'ours', 'memory', "peer's", "peer's memory", 'ours ÷ peer', 'memory ÷ peer'];
  return page({
    title: 'How an iteration grows',
    lead: `<p>${escapeHtml(figures[0]?.engine ?? '')}</p>`,
    sections: [
      { title: 'Figures', html: table(head, rows) },
      { title: 'Curves', html: chartGrid(charts) },
    ],
  });
}

const isMiddle = (size: Size, key: keyof Size) => (key === 'backbone' ? size[key].startsWith(middle[key]) : size[key] === middle[key]);
