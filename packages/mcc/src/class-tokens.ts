import * as tf from '@tensorflow/tfjs-core';
import type { MaskableEncoder, VisibleRows } from './maskable-encoder.js';

/** What class tokens have to be: a row for every image, or for every row of `visible`, and D columns. */
export interface ClassTokenShape {
  rows: number;
  /** D, the `inputSize` of the contrast. */
  size: number;
}

/**
 * Asks an encoder for class tokens, and takes only what MCC can use.
 *
 * @returns float32 [rows, size].
 * @throws Error when there is no `encode`, when it gives no `cls` at once, or one of another type or shape.
 */
export function classTokens(encoder: MaskableEncoder, images: tf.Tensor, shape: ClassTokenShape, visible?: VisibleRows): tf.Tensor2D {
  if (typeof encoder?.encode !== 'function')
    throw new Error(`encoder: ${described(encoder)} has no method encode(images, { visible }); give an object that has one`);
  const call = visible ? 'encode(images, { visible })' : 'encode(images)';
  const given: unknown = encoder.encode(images as tf.Tensor4D, visible && { visible });
  if (given instanceof Promise)
    throw new Error(`encoder: ${call} gave a promise; return { cls } at once, for gradients to pass through it`);
  const { cls } = (given ?? {}) as { cls?: unknown };
  if (!(cls instanceof tf.Tensor))
    throw new Error(`encoder: ${call} gave ${described(given)}, expected { cls }, with cls a tensor [${shape.rows}, ${shape.size}]`);
  const rows = visible ? 'one row for every row of visible.patches' : 'one row for every image';
  if (`${cls.shape}` !== `${[shape.rows, shape.size]}`)
    throw new Error(
      `encoder: ${call} gave cls of shape [${cls.shape}], expected [${shape.rows}, ${shape.size}]: ${rows}, and inputSize ${shape.size}`,
    );
  if (cls.dtype !== 'float32') throw new Error(`encoder: ${call} gave cls of type ${cls.dtype}, expected float32`);
  return cls as tf.Tensor2D;
}

/** What was found in the place of something else, in a few words. */
export function described(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? `'${value}'` : String(value);
  if (value instanceof tf.Tensor) return `a tensor [${value.shape}]`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const names = Object.keys(value);
  return names.length ? `an object with ${names.join(', ')}` : 'an empty object';
}
