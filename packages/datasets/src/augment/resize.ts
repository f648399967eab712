import type { Picture, Size } from '../dataset.js';
import type { Rectangle } from './padded-crop.js';
import { type FrameStep, onPicture } from './pixel-memory.js';

/** How neighboring pixels are weighted by their distance, and how far the weights reach. */
const filters = {
  /** Triangle: 1 − |x|. */
  bilinear: { support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  /** Cubic convolution (Keys 1981) with a = −0.5. */
  bicubic: {
    support: 2,
    weight: (x: number) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
};

export type ResizeFilter = keyof typeof filters;

/** @param window computes this part of the result alone; default all of it */
export const resizeFrame =
  (size: Size, filter: ResizeFilter, window: Rectangle = { top: 0, left: 0, ...size }): FrameStep =>
  (memory, frame) => {
    const { width, height } = size;
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
      throw new RangeError(`resize: size must be positive integers, found ${width}×${height}`);
    const target = memory.frame(window.width, window.height);
    memory.scope(() => {
      const columns = weightsOf(frame.width, width, filter, window.left, window.width);
      const rows = weightsOf(frame.height, height, filter, window.top, window.height);
      // Only the input rows that the window looks at.
      const from = rows.firsts[0]!;
      const needed = rows.firsts[window.height - 1]! + rows.counts[window.height - 1]! - from;
      const put = ({ reach, ...tables }: ReturnType<typeof weightsOf>) => ({ reach, ...memory.putTables(tables) });
      const wide = memory.frame(window.width, needed);
      const source = frame.address + from * frame.stride;
      const across = { source, stride: frame.stride, target: wide.address, width: window.width, rows: needed };
      memory.call('resizeRows', { ...across, ...put(columns) });
      const down = { source: wide.address, stride: wide.stride, target: target.address, rows: window.height, from };
      memory.call('resizeColumns', { ...down, ...put(rows) });
    });
    return target;
  };

/**
 * Resizes as PIL does: separable, the filter widened by the factor of shrinking (antialiasing), weights rounded to 22 binary places,
 * result rounded to 8 bits after the horizontal and again after the vertical pass. Bit-exact with PIL's `resize`.
 *
 * @throws RangeError unless the size of the result is of positive integers
 */
export const resize = onPicture((size: Size, filter: ResizeFilter) => resizeFrame(size, filter));

/** Both sides times a factor, rounded down, at least 1. */
export function scaledSize({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
}

/** A picture enlarged or shrunk by a factor (bilinear, antialiased when shrinking). */
export const scale = (picture: Picture, factor: number): Picture => resize(picture, scaledSize(picture, factor), 'bilinear');

// The weighted sums stay within 32 bits: 255 · 2²² times the small overshoot of the cubic, which is cut off at last.
const precision = 22;

/** What `length` outputs from `from` on look at: for each its first input, the number of them, and their weights · 2²² [length, reach]. */
function weightsOf(input: number, output: number, filter: ResizeFilter, from: number, length: number) {
  const { support, weight } = filters[filter];
  const scale = input / output;
  const stretch = Math.max(scale, 1);
  const reach = Math.ceil(support * stretch) * 2 + 1;
  const firsts = new Int32Array(length);
  const counts = new Int32Array(length);
  const weights = new Int32Array(length * reach);
  const row = new Float64Array(reach);
  for (let i = 0; i < length; i++) {
    const center = (from + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support * stretch + 0.5));
    const count = Math.min(input, Math.trunc(center + support * stretch + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += row[k] = weight((first + k - center + 0.5) / stretch);
    firsts[i] = first;
    counts[i] = count;
    for (let k = 0; k < count; k++) {
      const part = (row[k]! / sum) * 2 ** precision;
      weights[i * reach + k] = Math.trunc(part + (part < 0 ? -0.5 : 0.5));
    }
  }
  return { reach, firsts, counts, weights };
}
