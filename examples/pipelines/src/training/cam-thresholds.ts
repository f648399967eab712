import * as tf from '@tensorflow/tfjs-core';
import { fallingThreshold, mixtureThresholds, validCam } from '@wsss/cam';
import { interpolate, noGradient } from '@wsss/ops';
import type { StateDict } from '@wsss/weights';
import type { Recipe } from '../recipes/recipe.js';
import type { StepInputs } from './step-inputs.js';

/** Values are kept as counts of so many equal parts of [0, 1]. */
const BINS = 200;
/** The middles of these parts. */
const centers = Float64Array.from({ length: BINS }, (_, bin) => (bin + 0.5) / BINS);
const QUEUE = 'counts';

/** What CAM values say in each iteration of a run: as the recipe sets it, falling, or fitted to the values of recent images. */
export class RunThresholds {
  /** Counts of recent images, the oldest first. */
  private recent: Float32Array[] = [];
  /** The sum of these. */
  private readonly counts = new Float64Array(BINS);
  private fitted?: { low: number; high: number };

  constructor(private readonly recipe: Pick<Recipe, 'cam' | 'iterations'>) {}

  /** Whether values are to be {@link observe}d. */
  get learns(): boolean {
    return this.recipe.cam.mixtureOf !== null;
  }

  /** @param iteration counted from 0. */
  at(iteration: number): { low: number; high: number } {
    const { low, high, highAtEnd } = this.recipe.cam;
    if (this.fitted) return this.fitted;
    return { low, high: highAtEnd === null ? high : fallingThreshold(high, highAtEnd, iteration / this.recipe.iterations) };
  }

  /** @param values [B, N]: CAM values of the patches of B images, see {@link strongestValues}; those that are 0 or less say nothing. */
  observe(values: Float32Array, images: number): void {
    const length = values.length / images;
    for (let image = 0; image < images; image++) {
      const counts = new Float32Array(BINS);
      for (const value of values.subarray(image * length, (image + 1) * length))
        if (value > 0) counts[Math.min(BINS - 1, Math.floor(value * BINS))]!++;
      this.keep(counts);
    }
    this.fit();
  }

  /** What is saved, so that a run goes on as if it had never stopped. */
  state(): StateDict {
    const data = new Float32Array(this.recent.length * BINS);
    for (const [i, counts] of this.recent.entries()) data.set(counts, i * BINS);
    return new Map(this.recent.length ? [[QUEUE, { shape: [this.recent.length, BINS], data, dtype: 'float32' }]] : []);
  }

  load(state: StateDict): void {
    const saved = state.get(QUEUE);
    if (!saved) return;
    const data = saved.data as Float32Array;
    for (let at = 0; at < data.length; at += BINS) this.keep(data.slice(at, at + BINS));
    this.fit();
  }

  private keep(counts: Float32Array): void {
    this.recent.push(counts);
    for (const [bin, count] of counts.entries()) this.counts[bin]! += count;
    if (this.recent.length <= this.recipe.cam.mixtureOf!) return;
    for (const [bin, count] of this.recent.shift()!.entries()) this.counts[bin]! -= count;
  }

  /** Fits only once there is a queue full of images, so that chance does not decide. */
  private fit(): void {
    if (this.recent.length < this.recipe.cam.mixtureOf!) return;
    this.fitted = mixtureThresholds(centers, { counts: this.counts }) ?? this.fitted;
  }
}

/**
 * The value of the strongest of an image's classes on each patch.
 *
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @returns float32 [B, N]; −1 outside the picture. No gradient.
 */
export function strongestValues(cam: tf.Tensor4D, { labels, patchesInside }: Pick<StepInputs, 'labels' | 'patchesInside'>): tf.Tensor2D {
  return noGradient(() => {
    const [batch, rows, columns] = patchesInside.shape;
    const value = tf.max(validCam(interpolate(cam, [rows, columns], { mode: 'bilinear' }), labels), 3);
    const inside = tf.where(tf.less(patchesInside, 0.5), tf.fill(value.shape, -1), value);
    return tf.reshape(inside, [batch, rows * columns]) as tf.Tensor2D;
  });
}
