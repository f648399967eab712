import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient, requireRank } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';

/** Key masks of the local views, in host memory: 1 = hidden. */
export interface KeyMasks {
  /** Masks an image, L. */
  count: number;
  /** Images, B. */
  batch: number;
  /** Rows h and columns w of the patch grid. */
  grid: readonly [rows: number, columns: number];
  /** Of [L, B, h, w]: 1 = hidden, 0 = visible. */
  hidden: Uint8Array;
}

export interface KeyMaskOptions {
  /** Masks an image. Default 8. */
  count?: number;
  /** Probability that a cell is hidden. Default 0.95. */
  ratio?: number;
  /** Side of a cell, in patches: patches are hidden cell by cell. Default: a seventh of the grid, so that there are 7×7 cells. */
  cell?: number | null;
  /** Whether a view may see nothing at all, as in the authors' program. Default false: it then sees one cell. */
  mayBeEmpty?: boolean;
}

/**
 * Draws key masks: Bernoulli(ratio) on a coarser grid, enlarged by repetition (MCC, section 3.2). Without `cell` that grid has 7×7
 * cells, as the paper's at 448² has, whatever the number of patches: where 7 does not divide it, cells differ by a patch. A grid that
 * `cell` does not divide is covered by ⌈h/cell⌉×⌈w/cell⌉ cells and cropped.
 *
 * @throws Error when a count, ratio or size is out of range.
 */
export function drawKeyMasks(
  random: UniformSource,
  batch: number,
  grid: readonly [number, number],
  options: KeyMaskOptions = {},
): KeyMasks {
  const { count = 8, ratio = 0.95, cell = null, mayBeEmpty = false } = options;
  if (!(ratio >= 0 && ratio <= 1)) throw new Error(`drawKeyMasks: ratio must lie in [0, 1], got ${ratio}`);
  for (const [name, value] of Object.entries({ count, batch, cell: cell ?? 1, rows: grid[0], columns: grid[1] }))
    if (!Number.isInteger(value) || value < 1) throw new Error(`drawKeyMasks: ${name} must be a positive integer, got ${value}`);
  const [rows, columns] = grid;
  const [rowOf, columnOf] = grid.map(side => cellsOf(side, cell)) as [number[], number[]];
  const cellColumns = columnOf.at(-1)! + 1;
  const cells = new Uint8Array((rowOf.at(-1)! + 1) * cellColumns);
  const hidden = new Uint8Array(count * batch * rows * columns);
  for (let start = 0; start < hidden.length; start += rows * columns) {
    for (let i = 0; i < cells.length; i++) cells[i] = random() < ratio ? 1 : 0;
    if (!mayBeEmpty && !cells.includes(0)) cells[Math.floor(random() * cells.length)] = 0;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        hidden[start + row * columns + column] = cells[rowOf[row]! * cellColumns + columnOf[column]!]!;
  }
  return { count, batch, grid, hidden };
}

/** Cells along a side of a patch grid, where the paper has 7 (28 patches in cells of 4). */
const cellsASide = 7;

/** The cell of each patch along a side of the grid. */
function cellsOf(side: number, cell: number | null): number[] {
  const cells = Math.min(cellsASide, side);
  return Array.from({ length: side }, (_, patch) => Math.floor(cell ? patch / cell : (patch * cells) / side));
}

/**
 * How much each patch matters to the image's classes: 0 where the class activation is at most `low`, 2 where at least `high`, 1 between.
 *
 * @param cam float32 [B, H, W, C], in [0, 1]; resized to the patch grid by bicubic interpolation.
 * @param labels float32 [B, C]: image-level labels, 0 or 1.
 * @param grid Rows and columns of the patch grid.
 * @returns float32 [B, h, w] with values 0, 1, 2. No gradient flows to the CAM.
 * @throws Error when labels and CAM do not fit.
 */
export function patchImportance(
  cam: tf.Tensor,
  labels: tf.Tensor,
  grid: readonly [number, number],
  thresholds: { low: number | tf.Scalar; high: number | tf.Scalar },
): tf.Tensor3D {
  requireRank(cam, 4, 'patchImportance: cam');
  const [batch, , , classes] = cam.shape;
  if (`${labels.shape}` !== `${[batch, classes]}`)
    throw new Error(`patchImportance: labels have shape [${labels.shape}], expected [${batch}, ${classes}] like the CAM [${cam.shape}]`);
  return noGradient(() => {
    const resized = interpolate(cam, grid, { mode: 'bicubic' });
    const value = tf.max(tf.mul(resized, tf.reshape(labels, [batch, 1, 1, classes])), 3) as tf.Tensor3D;
    const float = (condition: tf.Tensor) => tf.cast(condition, 'float32');
    const aboveLow = float(tf.greater(value, thresholds.low));
    const atLeastHigh = float(tf.greaterEqual(value, thresholds.high));
    return tf.add(aboveLow, tf.mul(atLeastHigh, tf.sub(2, aboveLow))) as tf.Tensor3D;
  });
}

/**
 * Which views of an image are positive: the two global views always; a local view if the importance of its visible patches adds up to
 * more than `ratio` times their number. A view without a visible patch is negative.
 *
 * @param importance float32 [B, h, w] from {@link patchImportance}.
 * @param hidden float32 [L, B, h, w]: 1 = hidden.
 * @param ratio Default 0.2.
 * @returns float32 [B, 2 + L]: 1 = positive, 0 = negative.
 * @throws Error when the shapes do not fit.
 */
export function viewFlags(importance: tf.Tensor, hidden: tf.Tensor, ratio = 0.2): tf.Tensor2D {
  requireRank(importance, 3, 'viewFlags: importance');
  const [batch, rows, columns] = importance.shape;
  if (hidden.rank !== 4 || `${hidden.shape.slice(1)}` !== `${importance.shape}`)
    throw new Error(
      `viewFlags: hidden has shape [${hidden.shape}], expected [L, ${batch}, ${rows}, ${columns}] ` +
        `like the importance [${importance.shape}]`,
    );
  return noGradient(() => {
    const visible = tf.sub(1, hidden);
    const total = tf.sum(tf.mul(visible, tf.expandDims(importance, 0)), [2, 3]);
    const positive = tf.cast(tf.greater(total, tf.mul(tf.sum(visible, [2, 3]), ratio)), 'float32');
    return tf.concat([tf.ones([batch, 2]), tf.transpose(positive)], 1) as tf.Tensor2D;
  });
}
