import { createRandom } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { backboneOf, createNetwork, finalProtocol, integer, recipes, segmenter } from '@wsss/pipelines';
import type { Command } from 'commander';
import { addBenchmark, backboneOption } from './benchmark.js';
import { addRoundsOptions, describePeer, peakResidentMegabytes, type RoundsOptions, timeRounds } from './rounds.js';
import { timeRuns } from './timing.js';

/** mcc bench eval */
export function addEvaluationBenchmark(bench: Command): void {
  const command = bench
    .command('eval')
    .summary('the final evaluation of a picture')
    .description('Times the final protocol, three scales with mirror images, on random pictures and weights, with 20 classes.')
    .addOption(backboneOption())
    .option('--width <pixels>', 'of the pictures', integer(16), 500)
    .option('--height <pixels>', 'of the pictures', integer(16), 375)
    .option('--images <n>', 'pictures a round, after one that is not counted', integer(1), 5);
  addBenchmark(addRoundsOptions(command, '--backbone --width --height --scales --threads --iters'), {
    engine: true,
    example: 'mcc bench eval --engine native --peer "python3 tools/src/bench/peers/torch_forward.py"',
    measure: async (options: Options, start) => benchmarkEvaluation(options, await start()),
    lines: ({ backbone, width, height, scales, engine, threads, seconds, peakResidentMegabytes, peer }) => [
      `${backbone}, ${width}×${height}, scales ${scales.join(', ')} with mirror images, ${engine}, ${threads} threads`,
      `a picture: median ${seconds.median.toFixed(3)} s, minimum ${seconds.minimum.toFixed(3)} s`,
      `peak resident memory: ${peakResidentMegabytes} MB`,
      peer && describePeer(peer),
    ],
  });
}

type Options = RoundsOptions & Record<'width' | 'height' | 'images', number> & { backbone: string };

/** Times VOC's final protocol, three scales with mirror images, on random pictures: each from its bytes to labels of its size. */
async function benchmarkEvaluation({ backbone, width, height, images, ...options }: Options, engine: Engine) {
  const recipe = { ...recipes.voc.recipe, backbone };
  const random = createRandom(recipe.seed, 'benchmark');
  const network = createNetwork(recipe, 20);
  const protocol = finalProtocol('voc', recipe.crop);
  const model = segmenter(network, { protocol, normalization: backboneOf(recipe), engine });
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  const { scales } = protocol;
  const { threads } = engine;
  const given = { backbone: backbone, width, height, scales: scales.join(), threads, iters: images };
  const round = () => timeRuns(images, () => model.segment({ width, height, data }));
  const { seconds, peer } = await timeRounds(options, given, round);
  model.dispose();
  network.dispose();
  const about = { backbone, engine: engine.version, threads, width, height, scales };
  return { ...about, seconds, peakResidentMegabytes: peakResidentMegabytes(), peer: peer && { ...peer, peakResidentMegabytes: undefined } };
}
