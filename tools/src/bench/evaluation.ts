import { createRandom } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { backboneOf, createNetwork, finalProtocol, recipes, segmenter } from '@wsss/pipelines';
import { peakResidentMegabytes, peerName, type RoundsOptions, timeRounds } from './rounds.js';
import { timeRuns } from './timing.js';

/** Options of `mcc bench eval`, which say what they are. */
export interface EvaluationBenchmarkOptions extends RoundsOptions {
  backbone: string;
  width: number;
  height: number;
  images: number;
}

/** Times VOC's final protocol, three scales with mirror images, on random pictures: each from its bytes to labels of its size. */
export async function benchmarkEvaluation({ backbone, width, height, images, ...options }: EvaluationBenchmarkOptions, engine: Engine) {
  const recipe = { ...recipes.voc.recipe, backbone };
  const random = createRandom(recipe.seed, 'benchmark');
  const network = createNetwork(recipe, 20);
  const protocol = finalProtocol('voc', recipe.crop);
  const model = segmenter(network, { protocol, normalization: backboneOf(recipe), engine });
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  const { scales } = protocol;
  const { threads } = engine;
  const given = { backbone: peerName(backbone), width, height, scales: scales.join(), threads, iters: images };
  const round = () => timeRuns(images, () => model.segment({ width, height, data }));
  const { seconds, peer } = await timeRounds(options, given, round, ' a picture');
  model.dispose();
  network.dispose();
  const about = { backbone, engine: engine.version, threads, width, height, scales };
  return { ...about, seconds, peakResidentMegabytes: peakResidentMegabytes(), peer: peer && { ...peer, peakResidentMegabytes: undefined } };
}
