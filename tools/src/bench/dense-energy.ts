import * as tf from '@tensorflow/tfjs-core';
import { type BilateralFilter, denseEnergy } from '@wsss/losses';

/**
 * Times {@link denseEnergy} forward and backward on made-up logits [1, 448, 448, 21] and an image of soft waves, on the current engine.
 *
 * @param filter As for {@link denseEnergy}.
 * @param runs How often; the shortest and the middle time are reported. Default 10.
 */
export async function benchmarkDenseEnergy(filter: BilateralFilter, runs = 10): Promise<{ seconds: number; medianSeconds: number }> {
  const [size, classes] = [448, 21];
  const images = Float32Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    return 128 + 90 * Math.sin(x / 30 + (i % 3)) * Math.cos(y / 40) + 10 * Math.sin(x * y);
  });
  const logits = tf.randomNormal<tf.Rank.R4>([1, size, size, classes], 0, 1, 'float32', 1);
  const times: number[] = [];
  for (let run = -1; run < runs; run++) {
    const start = performance.now();
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor4D) => denseEnergy(x, { images }, filter))(logits);
    await Promise.all([value.data(), grad.data()]);
    // The first run compiles.
    if (run >= 0) times.push((performance.now() - start) / 1000);
    tf.dispose([value, grad]);
  }
  logits.dispose();
  times.sort((a, b) => a - b);
  return { seconds: times[0]!, medianSeconds: times[times.length >> 1]! };
}
