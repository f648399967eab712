import * as tf from '@tensorflow/tfjs-core';
import { multiScaleCam } from '@wsss/cam';
import { createRandom } from '@wsss/datasets';
import { type Engine, type TracedFunction, type TraceOptions, trace } from '@wsss/engine';
import { drawKeyMasks } from '@wsss/mcc';
import {
  backboneOf,
  computeLosses,
  createNetwork,
  type Recipe,
  recipes,
  type StepInputs,
  type StepPlan,
  startIterations,
  stepInputs,
  trainStep,
} from '@wsss/pipelines';
import { median } from './median.js';
import { runPeer } from './peer-program.js';

export interface StepBenchmarkOptions {
  recipe: Recipe;
  /** Foreground classes. */
  classes: number;
  engine: Engine;
  /** Rounds; in each, ours and the peer's iterations are timed one after the other. */
  rounds: number;
  /** Iterations a round, after one that is not counted. */
  iterations: number;
  /** Command of a program that prints one JSON line with `median_s`, `min_s` and `peak_rss_mb`; options of the measurement are appended. */
  peer?: string;
  /** Bytes that an iteration may take, see recomputeToFit. */
  memory?: number;
  /** How traced graphs are computed, on engines that trace. */
  tracing?: Pick<TraceOptions, 'xla' | 'bfloat16'>;
  onProgress?: (text: string) => void;
}

/** Seconds of a whole iteration or a part of it. */
export interface Timing {
  median: number;
  minimum: number;
}

export interface StepBenchmark {
  engine: string;
  threads: number;
  crop: number;
  batch: number;
  recompute: boolean;
  step: Timing;
  /** Medians. Each part is timed alone, or is the difference of two timings; the host's share is part of the losses. */
  parts: Record<'cam' | 'forward' | 'losses' | 'backward' | 'optimizer', number>;
  /** Arithmetic of the matrix products, 2 for each multiplication and addition. */
  arithmetic: { gigaflop: number; gigaflopPerSecond: number; peakGigaflopPerSecond: number; shareOfPeak: number };
  /** Of this process since its start. */
  peakResidentMegabytes: number;
  losses: Record<string, number>;
  peer?: { command: string; median: number; minimum: number; peakResidentMegabytes: number; ratios: number[]; ratio: number };
}

/** Times a training iteration with all losses on, on random images and weights: the times do not depend on either. */
export async function benchmarkStep(options: StepBenchmarkOptions): Promise<StepBenchmark> {
  const { recipe, classes, engine, rounds, iterations, peer, tracing = {}, onProgress = () => {} } = options;
  const { crop, batch } = recipe;
  const backbone = backboneOf(recipe);
  const random = createRandom(recipe.seed, 'benchmark');
  const network = createNetwork(recipe, classes);
  const started = await startIterations({
    network,
    recipe,
    shares: recipes.voc.shares,
    engine,
    memory: options.memory,
    ...(engine.canTrace && { tracing }),
  });
  const { settings } = started;
  const plan: StepPlan = { segmentation: true, mainCamForMasks: false, mainCamForLabels: true };
  const side = crop / backbone.patchSize;
  const view = () => tf.tidy(() => tf.randomNormal<tf.Rank.R4>([batch, crop, crop, 3], 0, 1, 'float32', random.integer(0, 2 ** 31 - 1)));
  const labels = Float32Array.from({ length: batch * classes }, (_, i) => (i % classes < 2 ? 1 : 0));
  const boxes = Int32Array.from({ length: 4 * batch }, (_, i) => (i % 2 ? crop : 0));
  const newBatch = () => {
    const masks = drawKeyMasks(() => random.uniform(), batch, [side, side], recipe.masks);
    return stepInputs({ view1: view(), view2: view(), local: view(), boxes, labels, masks }, settings);
  };

  const seconds: number[] = [];
  const updates: number[] = [];
  let losses: Record<string, number> = {};
  const iterate = async (inputs: StepInputs, counted: boolean) => {
    const start = performance.now();
    const copy = () => Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tf.clone(tensor)])) as StepInputs;
    const found = await started.iterations.gradients([copy], plan);
    losses = found.losses;
    const middle = performance.now();
    await started.iterations.update(found, 1e-3);
    await network.variable('classifier.weight').data();
    const end = performance.now();
    if (!counted) return;
    seconds.push((end - start) / 1000);
    updates.push((end - middle) / 1000);
  };
  const inputs = newBatch();
  const peers: { median: number; minimum: number; megabytes: number }[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await iterate(inputs, false);
    const first = seconds.length;
    for (let i = 0; i < iterations; i++) await iterate(inputs, true);
    const own = median(seconds.slice(first));
    onProgress(`round ${round + 1} of ${rounds}: ${own.toFixed(3)} s`);
    if (!peer) continue;
    const found = await timePeer(peer, recipe, engine.threads, iterations);
    peers.push(found);
    ratios.push(own / found.median);
    onProgress(`peer: ${found.median.toFixed(3)} s, ratio ${ratios.at(-1)!.toFixed(3)}`);
  }
  const peakResidentMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);

  // Parts: functions of the same inputs that compute less.
  const time = async (fn: (symbols: StepInputs) => tf.Tensor[]) => {
    const run = asFunction(engine, inputs, fn, tracing);
    const found: number[] = [];
    for (let i = 0; i <= Math.min(iterations, 5); i++) {
      const start = performance.now();
      const results = await run();
      await results[0]!.data();
      if (i > 0) found.push((performance.now() - start) / 1000);
      tf.dispose(results);
    }
    run.dispose();
    return median(found);
  };
  const heads = (images: tf.Tensor4D) => tf.tidy(() => network.camLogits(network.encoder.encode(images)));
  const known = () => Array.from({ length: 2 }, () => tf.zeros([batch, side, side, classes]) as tf.Tensor4D);
  const cam = await time(({ view1 }) => tf.tidy(() => multiScaleCam(heads, view1, { scales: recipe.cam.scales, unmirrored: known() })));
  const forward = await time(symbols =>
    tf.tidy(() => {
      const both = network.encoder.encode(tf.concat([symbols.view1, symbols.view2], 0));
      const local = network.mcc.encodeLocalViews(network.encoder, symbols.local, symbols);
      const { student, teacher } = network.mcc.project(both.cls, local);
      const { logits, auxiliary } = network.classify(both);
      return [network.segment({ ...both, patches: tf.slice(both.patches, 0, batch) }), student, teacher, logits, auxiliary];
    }),
  );
  const allLosses = await time(symbols => tf.tidy(() => Object.values(computeLosses(network, symbols, plan, settings)) as tf.Tensor[]));
  const step = median(seconds);
  const updating = median(updates);
  const gigaflop = (await arithmeticOf(() => trainStep(network, inputs, plan, settings))) / 1e9;
  const peak = await peakProduct();
  const result: StepBenchmark = {
    engine: engine.version,
    threads: engine.threads,
    crop,
    batch,
    recompute: settings.recompute,
    step: { median: step, minimum: Math.min(...seconds) },
    parts: { cam, forward, losses: allLosses - cam - forward, backward: step - updating - allLosses, optimizer: updating },
    arithmetic: {
      gigaflop,
      gigaflopPerSecond: gigaflop / step,
      peakGigaflopPerSecond: peak,
      shareOfPeak: gigaflop / step / peak,
    },
    peakResidentMegabytes,
    losses,
  };
  if (peer)
    result.peer = {
      command: peer,
      median: median(peers.map(found => found.median)),
      minimum: Math.min(...peers.map(found => found.minimum)),
      peakResidentMegabytes: Math.max(...peers.map(found => found.megabytes)),
      ratios,
      ratio: median(ratios),
    };
  tf.dispose(inputs);
  for (const owner of [started, network]) owner.dispose();
  return result;
}

/** Runs a function of the inputs as the training does: traced where the engine can. */
function asFunction(engine: Engine, inputs: StepInputs, fn: (symbols: StepInputs) => tf.Tensor[], tracing: TraceOptions) {
  const keys = Object.keys(inputs);
  const tensors = Object.values(inputs) as tf.Tensor[];
  if (!engine.canTrace) return Object.assign(async () => fn(inputs), { dispose: () => {} });
  const traced: TracedFunction<tf.Tensor[], tf.Tensor[]> = trace(
    (...given: tf.Tensor[]) => fn(Object.fromEntries(keys.map((key, i) => [key, given[i]!])) as unknown as StepInputs),
    tensors,
    tracing,
  );
  return Object.assign(() => traced.async(...tensors), { dispose: () => traced.dispose() });
}

async function timePeer(command: string, recipe: Recipe, threads: number, iterations: number) {
  const backbone = typeof recipe.backbone === 'string' ? recipe.backbone.replace(/_patch.*/, '') : '';
  const options = { backbone, crop: recipe.crop, batch: recipe.batch, threads, iters: iterations };
  const found = await runPeer(command, { options }, ['median_s', 'min_s', 'peak_rss_mb']);
  return { median: found.median_s, minimum: found.min_s, megabytes: found.peak_rss_mb };
}

/** Arithmetic of the matrix products that a function computes. */
async function arithmeticOf(fn: () => unknown): Promise<number> {
  let sum = 0;
  const { kernels } = await tf.profile(() => {
    const result = fn();
    tf.dispose(result as tf.TensorContainer);
    return tf.scalar(0);
  });
  const product = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  for (const { name, inputShapes, outputShapes } of kernels) {
    const shapes = inputShapes as number[][];
    const out = outputShapes[0] as number[];
    if (name === 'BatchMatMul' || name === '_FusedMatMul') {
      // Rows × columns of the result, times what both factors have in common.
      const common = Math.sqrt((product(shapes[0]!.slice(-2)) * product(shapes[1]!.slice(-2))) / product(out.slice(-2)));
      sum += 2 * product(out) * common;
    } else if (name === 'WsssAttention' || name === 'WsssAttentionGrad') {
      const [batch, heads, queries, size] = shapes[0] as [number, number, number, number];
      sum += (name === 'WsssAttention' ? 2 : 5) * 2 * batch * heads * queries * shapes[1]![2]! * size;
    }
  }
  return sum;
}

/** The best rate of a large matrix product, in 10⁹ operations a second. */
async function peakProduct(): Promise<number> {
  const size = 2048;
  const [a, b] = [0, 1].map(seed => tf.randomUniform([size, size], -1, 1, 'float32', seed)) as [tf.Tensor2D, tf.Tensor2D];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 16; i++) {
    const start = performance.now();
    const product = tf.matMul(a, b);
    await product.data();
    best = Math.min(best, performance.now() - start);
    product.dispose();
  }
  tf.dispose([a, b]);
  return (2 * size ** 3) / best / 1e6;
}
