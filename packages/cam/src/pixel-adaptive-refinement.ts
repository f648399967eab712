import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient, requireRank } from '@wsss/ops';

export interface RefinementOptions {
  /** Distances of the neighbors, in pixels; eight neighbors at each. Default 1, 2, 4, 8, 12, 24. */
  dilations?: readonly number[];
  /** Rounds of weighted neighbor sums. Default 10. */
  iterations?: number;
  /** Width of the color and position kernels, in deviations. Default 0.3. */
  width?: number;
  /** Weight of the position kernel. Default 0.01. */
  positionWeight?: number;
}

const steps = [-1, 0, 1];
const directions = steps.flatMap(row => steps.map(column => [row, column] as const)).filter(([row, column]) => row || column);

/**
 * Pixel-adaptive refinement (PAR, Ru et al. 2022): every pixel becomes the weighted mean of its neighbors, weighted by how alike their
 * colors are: softmax over neighbors of the mean over channels of −(|I_n − I| / (σ + 1e-8) / 0.3)², σ the sample deviation of a channel
 * over the neighbors, plus 0.01 · softmax of the same form on distances. Edges are replicated. No gradient.
 *
 * @param images float32 [B, H, W, 3], any scale of colors
 * @param masks float32 [B, h, w, M], resized to the images first (bilinear, corners aligned) if of another size
 * @returns float32 [B, H, W, M]
 * @throws Error when the batch sizes differ or a dilation is not a positive integer.
 */
export function refineByPixels(images: tf.Tensor, masks: tf.Tensor, options: RefinementOptions = {}): tf.Tensor4D {
  requireRank(images, 4, 'refineByPixels: images');
  requireRank(masks, 4, 'refineByPixels: masks');
  const { dilations = [1, 2, 4, 8, 12, 24], iterations = 10, width = 0.3, positionWeight = 0.01 } = options;
  const [batch, height, columns] = images.shape;
  if (masks.shape[0] !== batch) throw new Error(`refineByPixels: ${masks.shape[0]} masks for ${batch} images`);
  if (!dilations.length || !dilations.every(distance => Number.isInteger(distance) && distance > 0))
    throw new Error(`refineByPixels: dilations must be positive integers, got [${dilations}]`);
  const offsets = dilations.flatMap(distance => directions.map(([row, column]) => [row * distance, column * distance] as const));
  const reach = Math.max(...dilations);
  // Pixels lie in the two last axes, so that every neighbor is a slice of long rows and one weight serves all channels.
  const toRows = (x: tf.Tensor4D) => tf.transpose(x, [0, 3, 1, 2]);
  const neighbors = (x: tf.Tensor4D, use: (neighbor: tf.Tensor4D, index: number) => void) => {
    const padded = tf.tidy(() => replicateEdges(replicateEdges(x, reach, 2), reach, 3));
    offsets.forEach(([row, column], index) => {
      use(tf.slice(padded, [0, 0, reach + row, reach + column], x.shape), index);
    });
  };
  return noGradient(() => {
    const weights = tf.tidy(() => {
      const pixels = toRows(images);
      const colors: tf.Tensor4D[] = [];
      neighbors(pixels, neighbor => colors.push(neighbor));
      return neighborWeights(pixels, colors, positionWeights(offsets, width), width, positionWeight);
    });
    const sameSize = masks.shape[1] === height && masks.shape[2] === columns;
    let refined = toRows(sameSize ? masks : interpolate(masks, [height, columns], { mode: 'bilinear', alignCorners: true }));
    for (let i = 0; i < iterations; i++)
      refined = tf.tidy(() => {
        let sum: tf.Tensor4D | undefined;
        neighbors(refined, (neighbor, index) => {
          const term = tf.mul(neighbor, weights[index]!) as tf.Tensor4D;
          const total: tf.Tensor4D = sum ? tf.add(sum, term) : term;
          tf.dispose([neighbor, ...(sum ? [sum, term] : [])]);
          sum = total;
        });
        return sum!;
      });
    return tf.transpose(refined, [0, 2, 3, 1]);
  });
}

/** One weight [B, 1, H, W] for each neighbor, of images [B, 3, H, W], their neighbors' colors and `near`, what position alone gives. */
function neighborWeights(images: tf.Tensor4D, colors: tf.Tensor4D[], near: number[], width: number, positionWeight: number): tf.Tensor4D[] {
  const count = colors.length;
  const mean = tf.div(tf.addN(colors), count);
  const variance = tf.div(tf.addN(colors.map(color => tf.square(tf.sub(color, mean)))), count - 1);
  const unit = tf.mul(tf.add(tf.sqrt(variance), 1e-8), width);
  const logits = colors.map(color => tf.tidy(() => tf.neg(tf.mean(tf.square(tf.div(tf.sub(color, images), unit)), 1, true))));
  const largest = logits.reduce((a, b) => tf.maximum(a, b));
  const exponentials = logits.map(logit => tf.exp(tf.sub(logit, largest)));
  const total = tf.addN(exponentials);
  return exponentials.map((exponential, i) => tf.add(tf.div(exponential, total), positionWeight * near[i]!) as tf.Tensor4D);
}

function positionWeights(offsets: readonly (readonly [number, number])[], width: number): number[] {
  const distances = offsets.map(([row, column]) => Math.hypot(row, column));
  const mean = distances.reduce((a, b) => a + b) / distances.length;
  const deviation = Math.sqrt(distances.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (distances.length - 1));
  const logits = distances.map(d => -((d / (deviation + 1e-8) / width) ** 2));
  const largest = Math.max(...logits);
  const exponentials = logits.map(logit => Math.exp(logit - largest));
  const total = exponentials.reduce((a, b) => a + b);
  return exponentials.map(e => e / total);
}

function replicateEdges(x: tf.Tensor4D, reach: number, axis: number): tf.Tensor4D {
  const edge = (at: number) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    const size = x.shape.map((length, i) => (i === axis ? 1 : length));
    return tf.tile(
      tf.slice(x, begin, size),
      x.shape.map((_, i) => (i === axis ? reach : 1)),
    );
  };
  return tf.concat([edge(0), x, edge(x.shape[axis]! - 1)], axis) as tf.Tensor4D;
}
