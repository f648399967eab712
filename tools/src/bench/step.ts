import * as tf from '@tensorflow/tfjs-core';
import { multiScaleCam } from '@wsss/cam';
import { createRandom } from '@wsss/datasets';
import { type Engine, type TracedFunction, type TraceOptions, trace } from '@wsss/engine';
import { drawKeyMasks } from '@wsss/mcc';
import {
  backboneOf,
  computeLosses,
  createNetwork,
  integer,
  number,
  type Recipe,
  recipes,
  type StepInputs,
  type StepPlan,
  startIterations,
  stepInputs,
  trainStep,
} from '@wsss/pipelines';
import type { Command } from 'commander';
import { addBenchmark, backboneOption } from './benchmark.js';
import { addRoundsOptions, describePeer, peakResidentMegabytes, type RoundsOptions, timeRounds } from './rounds.js';
import { median, timeRuns } from './timing.js';

/** mcc bench step */
export function addStepBenchmark(bench: Command): void {
  const command = bench
    .command('step')
    .summary('a training iteration with all losses on')
    .description('Times training iterations on random images and weights, with all losses on.')
    .addOption(backboneOption())
    .option('--crop <pixels>', 'side of the training crop', integer(16), 448)
    .option('--batch <n>', 'images', integer(1), 1)
    .option('--classes <n>', 'classes', integer(2), 20)
    .option('--iterations <n>', 'iterations a round, after one that is not counted', integer(1), 5)
    .option('--recompute', 'keep only the input of each block for the backward pass')
    .option('--memory <GiB>', 'memory that an iteration may take: blocks are computed again if it needs more', number(0.1))
    .option('--bf16', 'matrix products in bfloat16, on native and cuda: other numbers')
    .option('--xla', 'compile with XLA, on native and cuda: slow to start');
  addBenchmark(addRoundsOptions(command, '--backbone --crop --batch --threads --iters'), {
    engine: true,
    example: 'mcc bench step --backbone deit_small --engine native --peer "python3 peer_iteration.py"',
    measure: async (options: Options, start) => benchmarkStep(options, await start()),
    lines: ({ backbone, crop, batch, classes, engine, threads, step, parts, arithmetic, peakResidentMegabytes, peer }) => [
      `${backbone}, crop ${crop}, batch ${batch}, ${classes} classes, ${engine}, ${threads} threads`,
      `iteration: median ${step.median.toFixed(3)} s, minimum ${step.minimum.toFixed(3)} s`,
      `parts: ${Object.entries(parts).map(([name, value]) => `${name} ${value.toFixed(3)} s`).join(', ')}`, // biome-ignore format: one line
      `matrix products: ${arithmetic.gigaflop.toFixed(1)} GFLOP, ${arithmetic.gigaflopPerSecond.toFixed(0)} GFLOP/s`,
      `  ${(100 * arithmetic.shareOfPeak).toFixed(0)} % of the ${arithmetic.peakGigaflopPerSecond.toFixed(0)} of a large product`,
      `peak resident memory: ${peakResidentMegabytes} MB`,
      peer && describePeer(peer),
      peer && `  memory ${peer.peakResidentMegabytes} MB, ours ÷ peer ${(peakResidentMegabytes / peer.peakResidentMegabytes).toFixed(2)}`,
    ],
  });
}

type Options = RoundsOptions &
  Record<'crop' | 'batch' | 'classes' | 'iterations', number> &
  Partial<Record<'recompute' | 'bf16' | 'xla', boolean>> & { backbone: string; memory?: number };

/** What `mcc bench step --json` prints. */
export type StepFigures = Awaited<ReturnType<typeof benchmarkStep>>;

/** Times a training iteration with all losses on, on random images and weights: the times do not depend on either. */
async function benchmarkStep({ bf16 = false, xla = false, recompute = false, memory, ...options }: Options, engine: Engine) {
  const { crop, batch, classes, iterations } = options;
  const recipe: Recipe = { ...recipes.voc.recipe, backbone: options.backbone, crop, batch, recompute };
  const tracing = { bfloat16: bf16, xla };
  const backbone = backboneOf(recipe);
  const random = createRandom(recipe.seed, 'benchmark');
  const network = createNetwork(recipe, classes);
  const started = await startIterations({
    network,
    recipe,
    shares: recipes.voc.shares,
    engine,
    memory: memory && memory * 2 ** 30,
    ...(engine.canTrace && { tracing }),
  });
  const { settings } = started;
  const plan: StepPlan = { classificationOnly: false, segmentation: true, mainCamForMasks: false, mainCamForLabels: true };
  const side = crop / backbone.patchSize;
  const view = () => tf.tidy(() => tf.randomNormal<tf.Rank.R4>([batch, crop, crop, 3], 0, 1, 'float32', random.integer(0, 2 ** 31 - 1)));
  const labels = Float32Array.from({ length: batch * classes }, (_, i) => (i % classes < 2 ? 1 : 0));
  const boxes = Int32Array.from({ length: 4 * batch }, (_, i) => (i % 2 ? crop : 0));
  const masks = drawKeyMasks(() => random.uniform(), batch, [side, side], recipe.masks);
  const inputs = stepInputs({ view1: view(), view2: view(), local: view(), boxes, labels, masks }, settings);

  const updates: number[] = [];
  let losses: Record<string, number> = {};
  /** @returns seconds of its update */
  const iterate = async () => {
    const copy = () => Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tf.clone(tensor)])) as StepInputs;
    const found = await started.iterations.gradients([copy], plan);
    losses = found.losses;
    const start = performance.now();
    await started.iterations.update(found, 1e-3);
    await network.variable('classifier.weight').data();
    return (performance.now() - start) / 1000;
  };
  const round = async () => {
    const ofUpdates: number[] = [];
    const seconds = await timeRuns(iterations, async () => ofUpdates.push(await iterate()));
    updates.push(...ofUpdates.slice(1));
    return seconds;
  };
  const given = { backbone: options.backbone, crop, batch, threads: engine.threads, iters: iterations };
  const { seconds: step, peer } = await timeRounds(options, given, round);
  const peak = peakResidentMegabytes();

  // Parts: functions of the same inputs that compute less.
  const time = async (fn: (symbols: StepInputs) => tf.Tensor[]) => {
    const run = asFunction(engine, inputs, fn, tracing);
    const found = await timeRuns(Math.min(iterations, 5), async () => {
      const results = await run();
      await results[0]!.data();
      tf.dispose(results);
    });
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
      const { main, auxiliary } = network.classify(both);
      return [network.segment({ ...both, patches: tf.slice(both.patches, 0, batch) }), student, teacher, main, auxiliary];
    }),
  );
  const allLosses = await time(symbols => tf.tidy(() => Object.values(computeLosses(network, symbols, plan, settings)) as tf.Tensor[]));
  const updating = median(updates);
  const gigaflop = (await arithmeticOf(() => trainStep(network, inputs, plan, settings))) / 1e9;
  const gigaflopPerSecond = gigaflop / step.median;
  const peakGigaflopPerSecond = await peakProduct();
  tf.dispose(inputs);
  for (const owner of [started, network]) owner.dispose();
  return {
    backbone: options.backbone,
    bf16,
    xla,
    engine: engine.version,
    threads: engine.threads,
    crop,
    batch,
    classes,
    recompute: settings.recompute,
    step,
    // Medians. Each part is timed alone, or is the difference of two timings; the host's share is part of the losses.
    parts: { cam, forward, losses: allLosses - cam - forward, backward: step.median - updating - allLosses, optimizer: updating },
    // Of the matrix products, 2 for each multiplication and addition.
    arithmetic: { gigaflop, gigaflopPerSecond, peakGigaflopPerSecond, shareOfPeak: gigaflopPerSecond / peakGigaflopPerSecond },
    peakResidentMegabytes: peak,
    losses,
    peer,
  };
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
  const seconds = await timeRuns(16, async () => {
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
  });
  tf.dispose([a, b]);
  return (2 * size ** 3) / Math.min(...seconds) / 1e9;
}
