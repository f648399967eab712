import * as tf from '@tensorflow/tfjs-core';
import { applyCrf, bilateralFilter, type CrfImage, DenseCrfPool, LatticeEngine, paperSettings } from '@wsss/crf';
import { createRandom, type Picture, readPicture } from '@wsss/datasets';
import { filterByScalarReference } from '@wsss/fixtures';
import { type BilateralFilter, denseEnergy } from '@wsss/losses';
import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { addBenchmark } from './benchmark.js';
import { median, timeRuns } from './timing.js';

const seconds = (value: number) => `${value.toFixed(3)} s`;

/** mcc bench crf */
export function addCrfBenchmark(bench: Command): void {
  const command = bench
    .command('crf')
    .summary('dense CRF, bilateral filter and dense energy')
    .description('Times dense CRF inference, the bilateral filter, a queue of images and the dense-energy loss, beside a scalar filter.')
    .option('--runs <n>', 'repetitions; the shortest counts', integer(1), 5)
    .option('--queue <n>', 'images in the queue, 0 for none', integer(0), 20)
    .option('--image <file>', 'measure on this image instead of a generated one');
  addBenchmark(command, {
    engine: true,
    measure: async ({ runs, queue, image }: { runs: number; queue: number; image?: string }, start) => {
      const engine = await start();
      const result = await benchmarkCrf(runs, queue, image ? await readPicture(image) : undefined);
      const lattice = await LatticeEngine.start();
      const energy = await benchmarkDenseEnergy(request => bilateralFilter(lattice, request), runs);
      lattice.dispose();
      return { ...result, denseEnergy: { engine: engine.version, ...energy } };
    },
    lines: ({ image, labels, variant, reference, measurements, queue, denseEnergy }, options) => [
      `${image.width}×${image.height} ${image.generated ? 'generated image' : options.image}, ${labels} labels, ${variant}`,
      `${reference.name}: ${seconds(reference.seconds)}`,
      ...measurements.map(({ name, threads, timesReference, ...of }) => {
        const times = `${seconds(of.seconds)} (median ${seconds(of.medianSeconds)}, reference ÷ this ${timesReference.toFixed(2)})`;
        return `${name}, threads ${threads}: ${times}`;
      }),
      queue &&
        `queue of ${queue.images} images: ${seconds(queue.secondsOne)} with 1 worker, ${seconds(queue.seconds)} with ${queue.workers}`,
      queue && `  ${queue.speedup.toFixed(2)} times as fast`,
      `dense energy, forward and backward, 448² logits, ${denseEnergy.engine}: ${seconds(denseEnergy.seconds)}`,
    ],
  });
}

/** Numbers of threads within one image, and at last of workers of the queue. */
const THREADS = [1, 2];
const LABELS = 21;

/**
 * Times dense CRF inference (500 × 375 pixels, 21 labels, 10 iterations) from probabilities to refined probabilities, the lattice
 * filter, and a queue of images, beside a fixed plain-JavaScript filter.
 *
 * @param runs of each measurement; the shortest counts, as other work on the machine only adds to it
 * @param queue images in the queue; 0 leaves it out
 * @param picture to measure on instead of the generated one; 21 labels are made up
 */
export async function benchmarkCrf(runs: number, queue: number, picture?: Picture) {
  const { width, height, data } = picture ?? generatedPicture(500, 375);
  const scene: CrfImage = { width, height, image: data, probabilities: generatedProbabilities(width, height) };
  const crop = generatedPicture(224, 224).data;
  const values = generatedProbabilities(224, 224);

  const features = Float32Array.from({ length: 224 * 224 * 5 }, (_, i) => {
    const [pixel, d] = [Math.floor(i / 5), i % 5];
    return d < 2 ? (d ? Math.floor(pixel / 224) : pixel % 224) / 50 : crop[3 * pixel + d - 2]! / 15;
  });
  const reference = await time(Math.min(runs, 2), () => filterByScalarReference(features, 5, values, LABELS));

  const measurements: ({ name: string; threads: number; timesReference: number } & Awaited<ReturnType<typeof time>>)[] = [];
  let variant = '';
  for (const count of THREADS) {
    const engine = await LatticeEngine.start({ threads: count });
    if (variant === '') variant = engine.variant;
    const add = async (name: string, work: () => unknown) => {
      const measured = await time(runs, work);
      // What machines have in common: how many times as fast as the scalar reference it is.
      measurements.push({ name, threads: count, ...measured, timesReference: reference.seconds / measured.seconds });
    };
    await add('crf σ_xy 121 σ_rgb 5 weight 4, σ_xy 1 weight 1', () => applyCrf(engine, scene, paperSettings));
    await add('crf σ_xy 80 σ_rgb 13 weight 10, σ_xy 3 weight 3', () => applyCrf(engine, scene));
    const request = { images: crop, values, height: 224, width: 224, channels: LABELS, sigmaXy: 50, sigmaRgb: 15 };
    await add('bilateral filter 224×224×21, σ_xy 50 σ_rgb 15', () => bilateralFilter(engine, request));
    engine.dispose();
  }
  return {
    labels: LABELS,
    image: { width, height, generated: picture === undefined },
    variant,
    reference: { name: 'scalar JavaScript bilateral filter 224×224×21', seconds: reference.seconds },
    measurements,
    queue: queue > 0 ? await measureQueue(scene, queue, Math.max(...THREADS)) : undefined,
  };
}

async function measureQueue(scene: CrfImage, images: number, workers: number) {
  const secondsOf = async (count: number) => {
    const pool = await DenseCrfPool.start({ workers: count, settings: {} });
    const named = (i: number) => ({ name: `image ${i}`, ...scene });
    await Promise.all(Array.from({ length: count }, (_, i) => pool.run(named(i))));
    const start = performance.now();
    for await (const _ of pool.map(Array.from({ length: images }, (_, i) => named(i))));
    const seconds = (performance.now() - start) / 1000;
    await pool.close();
    return seconds;
  };
  const secondsOne = await secondsOf(1);
  const seconds = await secondsOf(workers);
  return { images, workers, secondsOne, seconds, speedup: secondsOne / seconds };
}

/** Seconds of the shortest and of the middle run, and of processor time in the one that took the least of it. */
async function time(runs: number, work: () => unknown) {
  const processor: number[] = [];
  const seconds = await timeRuns(runs, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1e6);
  });
  return { seconds: Math.min(...seconds), medianSeconds: median(seconds), processorSeconds: Math.min(...processor) };
}

/**
 * Times {@link denseEnergy} forward and backward on made-up logits [1, 448, 448, 21] and an image of soft waves, on the current engine.
 *
 * @param filter as for {@link denseEnergy}
 */
export async function benchmarkDenseEnergy(filter: BilateralFilter, runs: number) {
  const [size, classes] = [448, 21];
  const images = Float32Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    return 128 + 90 * Math.sin(x / 30 + (i % 3)) * Math.cos(y / 40) + 10 * Math.sin(x * y);
  });
  const logits = tf.randomNormal<tf.Rank.R4>([1, size, size, classes], 0, 1, 'float32', 1);
  const times = await time(runs, async () => {
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor4D) => denseEnergy(x, { images }, filter))(logits);
    await Promise.all([value.data(), grad.data()]);
    tf.dispose([value, grad]);
  });
  logits.dispose();
  return times;
}

/** A scene of soft patches with fine texture: about as many lattice points as a photograph. Always the same. */
export function generatedPicture(width: number, height: number): Picture {
  const random = createRandom(1, 'picture').uniform;
  const patches = Array.from({ length: 40 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.03 + 0.15 * random()) * width,
    color: [random(), random(), random()].map(c => 255 * c),
  }));
  const data = new Uint8ClampedArray(width * height * 3);
  for (let n = 0; n < width * height; n++) {
    const [x, y] = [n % width, Math.floor(n / width)];
    const light = 150 + 60 * Math.sin(x / 90) * Math.cos(y / 70);
    const color = [light, light, light];
    for (const patch of patches) {
      const inside = 1 / (1 + Math.exp((Math.hypot(x - patch.x, y - patch.y) - patch.radius) / 1.5));
      for (let c = 0; c < 3; c++) color[c]! += inside * (patch.color[c]! - color[c]!);
    }
    const texture = 14 * (random() + random() - 1) + 8 * Math.sin(x * 0.7 + y * 0.3);
    for (let c = 0; c < 3; c++) data[3 * n + c] = color[c]! + texture + 4 * (random() - 0.5);
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

function generatedProbabilities(width: number, height: number): Float32Array {
  const random = createRandom(1, 'probabilities').uniform;
  const centers = Array.from({ length: LABELS }, () => [random() * width, random() * height] as const);
  const probabilities = new Float32Array(width * height * LABELS);
  for (let n = 0; n < width * height; n++) {
    const row = probabilities.subarray(n * LABELS, (n + 1) * LABELS);
    let sum = 0;
    for (const [l, [x, y]] of centers.entries()) {
      row[l] = Math.exp(random() - ((n % width) - x) ** 2 / 5000 - (Math.floor(n / width) - y) ** 2 / 5000);
      sum += row[l]!;
    }
    for (let l = 0; l < LABELS; l++) row[l]! /= sum;
  }
  return probabilities;
}
