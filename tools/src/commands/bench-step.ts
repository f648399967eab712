import { integer, number } from '@wsss/pipelines';
import type { Command } from 'commander';
import { benchmarkStep, type StepBenchmarkOptions } from '../bench/step.js';
import { addBenchmark, backboneNamed } from './benchmark.js';

/** mcc bench step */
export function addStepBenchmark(bench: Command): void {
  const command = bench
    .command('step')
    .summary('a training iteration with all losses on')
    .description('Times training iterations on random images and weights, with 20 classes and all losses on.')
    .option('--backbone <name>', 'deit_tiny, deit_small, deit_base, … or the full name', 'deit_tiny')
    .option('--crop <pixels>', 'side of the training crop', integer(16), 448)
    .option('--batch <n>', 'images', integer(1), 1)
    .option('--rounds <n>', 'rounds; in each, ours and the peer run one after the other', integer(1), 3)
    .option('--iterations <n>', 'iterations a round, after one that is not counted', integer(1), 5)
    .option('--recompute', 'keep only the input of each block for the backward pass')
    .option('--memory <GiB>', 'memory that an iteration may take: blocks are computed again if it needs more', number(0.1))
    .option('--bf16', 'matrix products in bfloat16, on native and cuda: other numbers')
    .option('--xla', 'compile with XLA, on native and cuda: slow to start')
    .option(
      '--peer <command>',
      'a program that times the same; it is given --backbone --crop --batch --threads --iters and prints a line of JSON',
    );
  addBenchmark(command, {
    engine: true,
    example: 'mcc bench step --backbone deit_small --engine native --peer "python3 peer_iteration.py"',
    measure: async (options: StepBenchmarkOptions, start) =>
      benchmarkStep({ ...options, backbone: backboneNamed(options.backbone) }, await start()),
    lines: ({ backbone, crop, batch, engine, threads, step, parts, arithmetic, peakResidentMegabytes, peer }) => [
      `${backbone}, crop ${crop}, batch ${batch}, ${engine}, ${threads} threads`,
      `iteration: median ${step.median.toFixed(3)} s, minimum ${step.minimum.toFixed(3)} s`,
      `parts: ${Object.entries(parts).map(([name, value]) => `${name} ${value.toFixed(3)} s`).join(', ')}`, // biome-ignore format: one line
      `matrix products: ${arithmetic.gigaflop.toFixed(1)} GFLOP, ${arithmetic.gigaflopPerSecond.toFixed(0)} GFLOP/s, ${(100 * arithmetic.shareOfPeak).toFixed(0)} % of the ${arithmetic.peakGigaflopPerSecond.toFixed(0)} of a large product`,
      `peak resident memory: ${peakResidentMegabytes} MB`,
      peer &&
        `peer: median ${peer.median.toFixed(3)} s, ${peer.peakResidentMegabytes} MB; ours ÷ peer ${peer.ratio.toFixed(3)} (${peer.ratios.map(ratio => ratio.toFixed(3)).join(', ')}), memory ${(peakResidentMegabytes / peer.peakResidentMegabytes).toFixed(2)}`,
    ],
  });
}
