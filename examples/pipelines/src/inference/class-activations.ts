import * as tf from '@tensorflow/tfjs-core';
import type { Picture } from '@wsss/datasets';
import { type Engine, graphsByShape } from '@wsss/engine';
import { interpolate } from '@wsss/ops';
import { type Normalization, normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';

/** Class activation maps of some classes of a picture, in its size; values in [0, 1]. */
export interface PictureActivations {
  /** Index of each of the M classes, counted from 0 without background. */
  classes: number[];
  /** [height, width, M] of the main and of the auxiliary head. */
  main: Float32Array;
  auxiliary: Float32Array;
  /** [C]: image-level logits of the main head; above 0 the class is taken to be there. */
  logits: Float32Array;
}

/** Computes class activation maps of one picture at a time. */
export interface ClassActivations {
  /** @param choose Which classes are wanted, from the logits; indices from 0 without background. */
  activations(picture: Picture, choose: (logits: Float32Array) => readonly number[]): Promise<PictureActivations>;
  dispose(): void;
}

export interface ClassActivationOptions {
  /** Side of the square that pictures are resized to, in pixels. */
  size: number;
  scales: readonly number[];
  normalization: Normalization;
  engine?: Pick<Engine, 'canTrace'>;
}

/** Multi-scale class activation maps as the reference program evaluates them: of a square, brought back to the size of the picture. */
export function classActivations(
  network: SegmentationNetwork,
  { size, scales, normalization, engine }: ClassActivationOptions,
): ClassActivations {
  const graphs = graphsByShape(
    images =>
      tf.tidy(() => {
        const encoding = network.encoder.encode(images);
        const cams = network.multiScaleCams(images, encoding, scales);
        return [...cams, network.classify(encoding).logits];
      }),
    engine,
  );
  const activations: ClassActivations['activations'] = async ({ width, height, data }, choose) => {
    const images = tf.tidy(() =>
      interpolate(normalizeImages(data, [1, height, width, 3], normalization), [size, size], { mode: 'bilinear' }),
    );
    const results = await graphs.run(images).finally(() => images.dispose());
    const [main, auxiliary, scores] = results as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
    const logits = (await scores.data()) as Float32Array;
    const classes = [...choose(logits)];
    const atPicture = async (cam: tf.Tensor4D) => {
      if (!classes.length) return new Float32Array(0);
      const map = tf.tidy(() => interpolate(tf.gather(cam, classes, 3), [height, width], { mode: 'bilinear' }));
      const values = (await map.data()) as Float32Array;
      map.dispose();
      return values;
    };
    const found = { classes, main: await atPicture(main), auxiliary: await atPicture(auxiliary), logits };
    tf.dispose(results);
    return found;
  };
  return { activations, dispose: () => graphs.dispose() };
}

/** The map of the m-th of M classes. */
export function mapOf(maps: Float32Array, m: number, count: number): Float32Array {
  return Float32Array.from({ length: maps.length / count }, (_, i) => maps[i * count + m]!);
}

/** The highest value at each pixel, and which of the classes has it; 0 and −1 where there is no class. */
export function strongest(maps: Float32Array, count: number, pixels: number): { value: Float32Array; which: Int32Array } {
  const value = new Float32Array(pixels);
  const which = new Int32Array(pixels).fill(-1);
  for (let i = 0; i < pixels; i++)
    for (let m = 0; m < count; m++)
      if (which[i]! < 0 || maps[i * count + m]! > value[i]!) {
        value[i] = maps[i * count + m]!;
        which[i] = m;
      }
  return { value, which };
}
