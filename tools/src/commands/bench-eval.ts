import { type EngineChoice, engineOptions, integer, startChosenEngine } from '@wsss/pipelines';
import { type Command, Option } from 'commander';

interface Options extends EngineChoice {
  backbone: string;
  width: number;
  height: number;
  rounds: number;
  images: number;
  peer?: string;
  json?: boolean;
}

/** mcc bench eval */
export function addEvaluationBenchmark(bench: Command): void {
  const evaluation = bench
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
    )
    .addOption(new Option('--json', 'print the result as JSON on standard output'))
    .addHelpText('after', '\nExample:\n  mcc bench eval --engine native --peer "python3 tools/src/bench/peers/torch_forward.py"');
  for (const option of engineOptions()) evaluation.addOption(option);
  evaluation.action(async (options: Options) => {
    const { benchmarkEvaluation } = await import('../bench/evaluation.js');
    const { recipes } = await import('@wsss/pipelines');
    const { findBackbone } = await import('@wsss/vit');
    const backbone = /_patch/.test(options.backbone) ? options.backbone : `${options.backbone}_patch16_224`;
    findBackbone(backbone);
    const { width, height, rounds, images, peer } = options;
    const result = await benchmarkEvaluation({
      recipe: { ...recipes.voc.recipe, backbone },
      classes: 20,
      engine: await startChosenEngine(options),
      width,
      height,
      rounds,
      images,
      peer,
      onProgress: text => process.stderr.write(`${text}\n`),
    });
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ backbone, ...result })}\n`);
      return;
    }
    const lines = [
      `${backbone}, ${width}×${height}, scales ${result.scales.join(', ')} with mirror images, ${result.engine}, ${result.threads} threads`,
      `a picture: median ${result.seconds.median.toFixed(3)} s, minimum ${result.seconds.minimum.toFixed(3)} s`,
      `peak resident memory: ${result.peakResidentMegabytes} MB`,
    ];
    if (result.peer)
      lines.push(
        `peer: median ${result.peer.median.toFixed(3)} s; ours ÷ peer ${result.peer.ratio.toFixed(3)} (${result.peer.ratios.map(ratio => ratio.toFixed(3)).join(', ')})`,
      );
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}
