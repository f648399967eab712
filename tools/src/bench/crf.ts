import { setTimeout } from 'node:timers/promises';
import {
  applyCrf,
  bilateralFilter,
  type CrfImage,
  type CrfSettings,
  DenseCrfPool,
  LatticeEngine,
  type NamedCrfImage,
  paperSettings,
} from '@wsss/crf';
import { filterByScalarReference } from '@wsss/fixtures';
import { median } from './timing.js';

export interface CrfBenchmarkOptions {
  /** How often each measurement is repeated; the shortest time counts, as other work on the machine only adds to it. */
  runs: number;
  /** Images in the queue; 0 leaves the queue out. */
  queue: number;
  /** Pixels to measure on instead of the generated image; 21 labels are made up. */
  image?: Pick<CrfImage, 'width' | 'height' | 'image'>;
}

/** Numbers of threads within one image, and at last of workers of the queue. */
const THREADS = [1, 2];
const LABELS = 21;

/**
 * Times dense CRF inference (500 × 375 pixels, 21 labels, 10 iterations) from probabilities to refined probabilities, the lattice
 * filter, and a queue of images, beside a fixed plain-JavaScript filter.
 */
export async function benchmarkCrf({ runs, queue, image }: CrfBenchmarkOptions) {
  const scene: CrfImage = { ...(image ?? generatedImage(500, 375)), probabilities: new Float32Array() };
  scene.probabilities = generatedProbabilities(scene.width, scene.height);
  const crop = generatedImage(224, 224);
  const values = generatedProbabilities(224, 224);

  const features = Float32Array.from({ length: 224 * 224 * 5 }, (_, i) => {
    const [pixel, d] = [Math.floor(i / 5), i % 5];
    return d < 2 ? (d ? Math.floor(pixel / 224) : pixel % 224) / 50 : crop.image[3 * pixel + d - 2]! / 15;
  });
  const reference = await measure(Math.min(runs, 2), () => filterByScalarReference(features, 5, values, LABELS));

  const measurements: ({ name: string; threads: number; timesReference: number } & Awaited<ReturnType<typeof measure>>)[] = [];
  let variant = '';
  for (const count of THREADS) {
    const engine = await LatticeEngine.start({ threads: count });
    if (variant === '') variant = engine.variant;
    const add = async (name: string, work: () => unknown) => {
      work(); // the first run compiles
      const measured = await measure(runs, work);
      // What machines have in common: how many times as fast as the scalar reference it is.
      measurements.push({ name, threads: count, ...measured, timesReference: reference.seconds / measured.seconds });
    };
    await add('crf σ_xy 121 σ_rgb 5 weight 4, σ_xy 1 weight 1', () => applyCrf(engine, scene, paperSettings));
    await add('crf σ_xy 80 σ_rgb 13 weight 10, σ_xy 3 weight 3', () => applyCrf(engine, scene));
    const request = { images: crop.image, values, height: 224, width: 224, channels: LABELS, sigmaXy: 50, sigmaRgb: 15 };
    await add('bilateral filter 224×224×21, σ_xy 50 σ_rgb 15', () => bilateralFilter(engine, request));
    engine.dispose();
  }
  return {
    labels: LABELS,
    image: { width: scene.width, height: scene.height, generated: image === undefined },
    variant,
    reference: { name: 'scalar JavaScript bilateral filter 224×224×21', seconds: reference.seconds },
    measurements,
    queue: queue > 0 ? await measureQueue(scene, queue, Math.max(...THREADS)) : undefined,
  };
}

async function measureQueue(scene: CrfImage, images: number, workers: number) {
  const settings: CrfSettings = {};
  const time = async (count: number) => {
    const pool = await DenseCrfPool.start({ workers: count, settings });
    const named = (i: number): NamedCrfImage => ({ name: `image ${i}`, ...scene });
    await Promise.all(Array.from({ length: count }, (_, i) => pool.run(named(i))));
    const start = performance.now();
    for await (const _ of pool.map(Array.from({ length: images }, (_, i) => named(i))));
    const seconds = (performance.now() - start) / 1000;
    await pool.close();
    return seconds;
  };
  const secondsOne = await time(1);
  const seconds = await time(workers);
  return { images, workers, secondsOne, seconds, speedup: secondsOne / seconds };
}

/** Seconds of the shortest and of the middle run, and of processor time in the one that took the least of it. */
async function measure(runs: number, work: () => unknown) {
  const seconds: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < runs; i++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    work();
    seconds.push((performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(cpu);
    processor.push((user + system) / 1e6);
    await setTimeout(1); // the collector and other workers have their turn
  }
  return { seconds: Math.min(...seconds), medianSeconds: median(seconds), processorSeconds: Math.min(...processor) };
}

/** A scene of soft patches with fine texture: about as many lattice points as a photograph. Always the same. */
export function generatedImage(width: number, height: number): Pick<CrfImage, 'width' | 'height' | 'image'> {
  const random = linearCongruential(1);
  const patches = Array.from({ length: 40 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.03 + 0.15 * random()) * width,
    color: [random(), random(), random()].map(c => 255 * c),
  }));
  const image = new Uint8ClampedArray(width * height * 3);
  for (let n = 0; n < width * height; n++) {
    const [x, y] = [n % width, Math.floor(n / width)];
    const light = 150 + 60 * Math.sin(x / 90) * Math.cos(y / 70);
    const color = [light, light, light];
    for (const patch of patches) {
      const inside = 1 / (1 + Math.exp((Math.hypot(x - patch.x, y - patch.y) - patch.radius) / 1.5));
      for (let c = 0; c < 3; c++) color[c]! += inside * (patch.color[c]! - color[c]!);
    }
    const texture = 14 * (random() + random() - 1) + 8 * Math.sin(x * 0.7 + y * 0.3);
    for (let c = 0; c < 3; c++) image[3 * n + c] = color[c]! + texture + 4 * (random() - 0.5);
  }
  return { width, height, image };
}

function generatedProbabilities(width: number, height: number): Float32Array {
  const random = linearCongruential(2);
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

function linearCongruential(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
