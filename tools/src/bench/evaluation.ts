import { createRandom } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { backboneOf, createNetwork, finalProtocol, type Recipe, segmenter } from '@wsss/pipelines';
import { type PeerTiming, peakResidentMegabytes, peerName, type RoundsOptions, type Timing, timeRounds } from './rounds.js';
import { timeRuns } from './timing.js';

export interface EvaluationBenchmarkOptions extends RoundsOptions {
  recipe: Recipe;
  /** Foreground classes. */
  classes: number;
  engine: Engine;
  width: number;
  height: number;
  /** Pictures a round, after one that is not counted. */
  images: number;
}

export interface EvaluationBenchmark {
  engine: string;
  threads: number;
  width: number;
  height: number;
  scales: readonly number[];
  /** For a picture, from its bytes to labels of its size. */
  seconds: Timing;
  peakResidentMegabytes: number;
  peer?: Omit<PeerTiming, 'peakResidentMegabytes'>;
}

/** Times VOC's final protocol, three scales with mirror images, on random pictures of one size. */
export async function benchmarkEvaluation(options: EvaluationBenchmarkOptions): Promise<EvaluationBenchmark> {
  const { recipe, classes, engine, width, height, images } = options;
  const { threads } = engine;
  const random = createRandom(recipe.seed, 'benchmark');
  const network = createNetwork(recipe, classes);
  const protocol = finalProtocol('voc', recipe.crop);
  const model = segmenter(network, { protocol, normalization: backboneOf(recipe), engine });
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  const given = { backbone: peerName(recipe), width, height, scales: protocol.scales.join(), threads, iters: images };
  const round = () => timeRuns(images, () => model.segment({ width, height, data }));
  const { seconds, peer } = await timeRounds(options, given, round, ' a picture');
  model.dispose();
  network.dispose();
  const result = {
    engine: engine.version,
    threads,
    width,
    height,
    scales: protocol.scales,
    seconds,
    peakResidentMegabytes: peakResidentMegabytes(),
  };
  if (!peer) return result;
  const { peakResidentMegabytes: _, ...ofPeer } = peer;
  return { ...result, peer: ofPeer };
}
