import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { benchmarkEvaluation, type EvaluationBenchmarkOptions } from '../bench/evaluation.js';
import { addBenchmark, backboneNamed } from './benchmark.js';

/** mcc bench eval */
export function addEvaluationBenchmark(bench: Command): void {
  const command = bench
    .command('eval')
    .summary('the final evaluation of a picture')
    .description('Times the final protocol, three scales with mirror images, on random pictures and weights, with 20 classes.')
    .option('--backbone <name>', 'deit_tiny, deit_small, deit_base, … or the full name', 'deit_tiny')
    .option('--width <pixels>', 'of the pictures', integer(16), 500)
    .option('--height <pixels>', 'of the pictures', integer(16), 375)
    .option('--rounds <n>', 'rounds; in each, ours and the peer run one after the other', integer(1), 3)
    .option('--images <n>', 'pictures a round, after one that is not counted', integer(1), 5)
    .option(
      '--peer <command>',
      'a program that times the same; it is given --backbone --width --height --scales --threads --iters and prints a line of JSON',
    );
  addBenchmark(command, {
    engine: true,
    example: 'mcc bench eval --engine native --peer "python3 tools/src/bench/peers/torch_forward.py"',
    measure: async (options: EvaluationBenchmarkOptions, start) =>
      benchmarkEvaluation({ ...options, backbone: backboneNamed(options.backbone) }, await start()),
    lines: ({ backbone, width, height, scales, engine, threads, seconds, peakResidentMegabytes, peer }) => [
      `${backbone}, ${width}×${height}, scales ${scales.join(', ')} with mirror images, ${engine}, ${threads} threads`,
      `a picture: median ${seconds.median.toFixed(3)} s, minimum ${seconds.minimum.toFixed(3)} s`,
      `peak resident memory: ${peakResidentMegabytes} MB`,
      peer &&
        `peer: median ${peer.median.toFixed(3)} s; ours ÷ peer ${peer.ratio.toFixed(3)} (${peer.ratios.map(ratio => ratio.toFixed(3)).join(', ')})`,
    ],
  });
}
