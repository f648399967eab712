import { createRandom } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { backboneOf, createNetwork, finalProtocol, type Recipe, segmenter } from '@wsss/pipelines';
import { median } from './median.js';
import { runPeer } from './peer-program.js';

export interface EvaluationBenchmarkOptions {
  recipe: Recipe;
  /** Foreground classes. */
  classes: number;
  engine: Engine;
  width: number;
  height: number;
  /** Rounds; in each, our pictures and the peer's are timed one after the other. */
  rounds: number;
  /** Pictures a round, after one that is not counted. */
  images: number;
  /** Command of a program that prints one JSON line with `median_s`, `min_s` and `peak_rss_mb`; options of the measurement are appended. */
  peer?: string;
  onProgress?: (text: string) => void;
}

export interface EvaluationBenchmark {
  engine: string;
  threads: number;
  width: number;
  height: number;
  scales: readonly number[];
  /** Seconds for a picture, from its bytes to labels of its size. */
  seconds: { median: number; minimum: number };
  peakResidentMegabytes: number;
  peer?: { command: string; median: number; minimum: number; ratios: number[]; ratio: number };
}

/** Times VOC's final protocol, three scales with mirror images, on random pictures of one size. */
export async function benchmarkEvaluation(options: EvaluationBenchmarkOptions): Promise<EvaluationBenchmark> {
  const { recipe, classes, engine, width, height, rounds, images, peer, onProgress = () => {} } = options;
  const random = createRandom(recipe.seed, 'benchmark');
  const backbone = backboneOf(recipe);
  const network = createNetwork(recipe, classes);
  const protocol = finalProtocol('voc', recipe.crop);
  const model = segmenter(network, { protocol, normalization: backbone, engine });
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  const seconds: number[] = [];
  const peers: { median_s: number; min_s: number }[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const own: number[] = [];
    for (let i = 0; i <= images; i++) {
      const start = performance.now();
      await model.segment({ width, height, data });
      if (i > 0) own.push((performance.now() - start) / 1000);
    }
    seconds.push(...own);
    onProgress(`round ${round + 1} of ${rounds}: ${median(own).toFixed(3)} s a picture`);
    if (!peer) continue;
    const name = typeof recipe.backbone === 'string' ? recipe.backbone.replace(/_patch.*/, '') : '';
    const given = { backbone: name, width, height, scales: protocol.scales.join(), threads: engine.threads, iters: images };
    const found = await runPeer(peer, { options: given }, ['median_s', 'min_s', 'peak_rss_mb']);
    peers.push(found);
    ratios.push(median(own) / found.median_s);
    onProgress(`peer: ${found.median_s.toFixed(3)} s, ratio ${ratios.at(-1)!.toFixed(3)}`);
  }
  model.dispose();
  network.dispose();
  return {
    engine: engine.version,
    threads: engine.threads,
    width,
    height,
    scales: protocol.scales,
    seconds: { median: median(seconds), minimum: Math.min(...seconds) },
    peakResidentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(peer && {
      peer: {
        command: peer,
        median: median(peers.map(found => found.median_s)),
        minimum: Math.min(...peers.map(found => found.min_s)),
        ratios,
        ratio: median(ratios),
      },
    }),
  };
}
