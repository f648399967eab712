import { type EngineChoice, engineOptions, integer, number, startChosenEngine } from '@wsss/pipelines';
import { type Command, Option } from 'commander';

interface Options extends EngineChoice {
  backbone: string;
  crop: number;
  batch: number;
  rounds: number;
  iterations: number;
  recompute?: boolean;
  memory?: number;
  bf16?: boolean;
  xla?: boolean;
  peer?: string;
  json?: boolean;
}

/** mcc bench step */
export function addStepBenchmark(bench: Command): void {
  const step = bench
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
    )
    .addOption(new Option('--json', 'print the result as JSON on standard output'))
    .addHelpText('after', '\nExample:\n  mcc bench step --backbone deit_small --engine native --peer "python3 peer_iteration.py"');
  for (const option of engineOptions()) step.addOption(option);
  step.action(async (options: Options) => {
    const { benchmarkStep } = await import('../bench/step.js');
    const { recipes } = await import('@wsss/pipelines');
    const { findBackbone } = await import('@wsss/vit');
    const backbone = /_patch/.test(options.backbone) ? options.backbone : `${options.backbone}_patch16_224`;
    findBackbone(backbone);
    const { crop, batch, rounds, iterations, peer, recompute = false } = options;
    const engine = await startChosenEngine(options);
    const result = await benchmarkStep({
      recipe: { ...recipes.voc.recipe, backbone, crop, batch, recompute },
      classes: 20,
      engine,
      rounds,
      iterations,
      peer,
      memory: options.memory && options.memory * 2 ** 30,
      tracing: { bfloat16: options.bf16, xla: options.xla },
      onProgress: text => process.stderr.write(`${text}\n`),
    });
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ backbone, bf16: options.bf16 ?? false, xla: options.xla ?? false, ...result })}\n`);
      return;
    }
    const { arithmetic, parts } = result;
    const lines = [
      `${backbone}, crop ${crop}, batch ${batch}, ${result.engine}, ${result.threads} threads`,
      `iteration: median ${result.step.median.toFixed(3)} s, minimum ${result.step.minimum.toFixed(3)} s`,
      `parts: ${Object.entries(parts).map(([name, value]) => `${name} ${value.toFixed(3)} s`).join(', ')}`, // biome-ignore format: one line
      `matrix products: ${arithmetic.gigaflop.toFixed(1)} GFLOP, ${arithmetic.gigaflopPerSecond.toFixed(0)} GFLOP/s, ${(100 * arithmetic.shareOfPeak).toFixed(0)} % of the ${arithmetic.peakGigaflopPerSecond.toFixed(0)} of a large product`,
      `peak resident memory: ${result.peakResidentMegabytes} MB`,
    ];
    if (result.peer)
      lines.push(
        `peer: median ${result.peer.median.toFixed(3)} s, ${result.peer.peakResidentMegabytes} MB; ours ÷ peer ${result.peer.ratio.toFixed(3)} (${result.peer.ratios.map(ratio => ratio.toFixed(3)).join(', ')}), memory ${(result.peakResidentMegabytes / result.peer.peakResidentMegabytes).toFixed(2)}`,
      );
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}
