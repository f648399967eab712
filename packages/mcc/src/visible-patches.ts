import * as tf from '@tensorflow/tfjs-core';
import type { KeyMasks } from './key-masks.js';
import type { VisibleRows } from './maskable-encoder.js';

/** The visible patches of every local view, in host memory, padded to one length. */
export interface VisiblePatchLists {
  /** Rows R = L·B: view-major, as the masks are. */
  rows: number;
  /** Entries a row, V ≥ 1. */
  length: number;
  /** Of [R, V]: patch numbers, image · h·w + patch. Padding repeats the image's first patch. */
  patches: Int32Array;
  /** Of [R, V]: 1 where an entry is padding. */
  padding: Float32Array;
}

/**
 * Lists the patches that local views see. A hidden patch can never influence the CLS token, so encoding these alone is exact and about
 * twenty times less work.
 *
 * @param masks Key masks of L views of B images.
 * @param multiple The length is rounded up to a multiple of this, so that few different shapes occur, but not beyond h·w. Default 1.
 * @throws Error when the multiple is not a positive integer.
 */
export function listVisiblePatches(masks: KeyMasks, multiple = 1): VisiblePatchLists {
  if (!Number.isInteger(multiple) || multiple < 1)
    throw new Error(`listVisiblePatches: multiple must be a positive integer, got ${multiple}`);
  const { count, batch, grid, hidden } = masks;
  const patchCount = grid[0] * grid[1];
  const rows = count * batch;
  let longest = 1;
  for (let row = 0; row < rows; row++) {
    let visible = 0;
    for (let patch = 0; patch < patchCount; patch++) visible += 1 - hidden[row * patchCount + patch]!;
    longest = Math.max(longest, visible);
  }
  const length = Math.min(Math.ceil(longest / multiple) * multiple, patchCount);
  const patches = new Int32Array(rows * length);
  const padding = new Float32Array(rows * length).fill(1);
  for (let row = 0; row < rows; row++) {
    const firstOfImage = (row % batch) * patchCount;
    patches.fill(firstOfImage, row * length, (row + 1) * length);
    let next = row * length;
    for (let patch = 0; patch < patchCount; patch++)
      if (!hidden[row * patchCount + patch]) {
        patches[next] = firstOfImage + patch;
        padding[next++] = 0;
      }
  }
  return { rows, length, patches, padding };
}

/** Key masks as tensors, which is how they enter a traced graph: what is hidden, and [L·B, V] what is visible. */
export interface KeyMaskTensors extends VisibleRows {
  /** float32 [L, B, h, w]: 1 = hidden. */
  hidden: tf.Tensor4D;
}

/** @param multiple See {@link listVisiblePatches}. @returns tensors that the caller owns. */
export function keyMaskTensors(masks: KeyMasks, multiple = 1): KeyMaskTensors {
  const { count, batch, grid, hidden } = masks;
  const { rows, length, patches, padding } = listVisiblePatches(masks, multiple);
  return {
    hidden: tf.tensor4d(Float32Array.from(hidden), [count, batch, ...grid]),
    patches: tf.tensor2d(patches, [rows, length], 'int32'),
    padding: tf.tensor2d(padding, [rows, length]),
  };
}
