import * as tf from '@tensorflow/tfjs-core';
import type { Picture } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { graphsByShape } from '@wsss/engine/graphs';
import { interpolate } from '@wsss/ops';
import { type Normalization, normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { requireFiniteOutput } from './finite-output.js';

export interface ClassActivationOptions {
  /** Side of the square that pictures are resized to, in pixels; their proportions are not kept. */
  size: number;
  /** Scales of the multi-scale CAM. */
  scales: readonly number[];
  normalization: Normalization;
}

/** What a network makes of B pictures that were resized to a square. */
export interface SquareMaps {
  /** Multi-scale class activation maps of both heads, [B, h, w, C] in [0, 1]. */
  main: tf.Tensor4D;
  auxiliary: tf.Tensor4D;
  /** Image-level logits that name classes, [B, C]. */
  logits: tf.Tensor2D;
  /** Logits of the segmentation, [B, h, w, K], if it was asked for. */
  segmentation?: tf.Tensor4D;
}

/** Runs a network on squares, as the reference program evaluates it during training. The caller owns the maps. One call at a time. */
export function squareMaps(
  network: SegmentationNetwork,
  { size, scales, normalization }: ClassActivationOptions,
  engine: Pick<Engine, 'canTrace'>,
  withSegmentation = false,
): { run(pictures: readonly Picture[]): Promise<SquareMaps>; dispose(): void } {
  const graphs = graphsByShape(
    images =>
      tf.tidy(() => {
        const encoding = network.encoder.encode(images);
        const cams = network.multiScaleCams(images, encoding, scales);
        return [...cams, network.classify(encoding).naming, ...(withSegmentation ? [network.segment(encoding)] : [])];
      }),
    engine,
  );
  const square = ({ width, height, data }: Picture) =>
    interpolate(normalizeImages(data, [1, height, width, 3], normalization), [size, size], { mode: 'bilinear' });
  return {
    run: async pictures => {
      const images = tf.tidy(() => tf.concat(pictures.map(square), 0) as tf.Tensor4D);
      const results = await graphs.run(images).finally(() => images.dispose());
      const [main, auxiliary, logits, segmentation] = results as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D, tf.Tensor4D?];
      return { main, auxiliary, logits, ...(segmentation && { segmentation }) };
    },
    dispose: () => graphs.dispose(),
  };
}

/** Class activation maps of some classes of a picture, in its size; values in [0, 1]. */
export interface PictureActivations {
  /** Index of each of the M classes, counted from 0 without background. */
  classes: number[];
  /** [height, width, M] of the main and of the auxiliary head. */
  main: Float32Array;
  auxiliary: Float32Array;
}

/**
 * Multi-scale class activation maps as the reference program evaluates them: of a square, brought back to the size of the picture. One
 * picture at a time. `choose` names the wanted classes, from 0 without background, given the image-level logits [C] that name them; above 0
 * the class is taken to be there.
 */
export function classActivations(network: SegmentationNetwork, options: ClassActivationOptions, engine: Pick<Engine, 'canTrace'>) {
  const { run, dispose } = squareMaps(network, options, engine);
  const activations = async (picture: Picture, choose: (logits: Float32Array) => readonly number[]): Promise<PictureActivations> => {
    const { main, auxiliary, logits } = await run([picture]);
    const values = (await logits.data()) as Float32Array;
    requireFiniteOutput(values);
    const classes = [...choose(values)];
    const atPicture = async (cam: tf.Tensor4D) => {
      if (!classes.length) return new Float32Array(0);
      const map = tf.tidy(() => interpolate(tf.gather(cam, classes, 3), [picture.height, picture.width], { mode: 'bilinear' }));
      const values = (await map.data()) as Float32Array;
      map.dispose();
      return values;
    };
    const found = { classes, main: await atPicture(main), auxiliary: await atPicture(auxiliary) };
    tf.dispose([main, auxiliary, logits]);
    return found;
  };
  return { activations, dispose };
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
