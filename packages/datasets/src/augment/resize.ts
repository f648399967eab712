import type { Picture } from '../dataset';

/** How neighbouring pixels are weighted by their distance, and how far the weights reach. */
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

/**
 * Resizes as PIL does: separable, the filter widened by the factor of shrinking (antialiasing), weights rounded to 22 binary places,
 * result rounded to 8 bits after the horizontal and again after the vertical pass. Bit-exact with PIL's `resize`.
 *
 * @param size width and height of the result, positive integers
 * @throws RangeError if the size is not positive
 */
export function resize(picture: Picture, size: { width: number; height: number }, filter: ResizeFilter): Picture {
  const { width, height } = size;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new RangeError(`resize: size must be positive integers, found ${width}×${height}`);
  const wide = resizeRows(picture, weights(picture.width, width, filter));
  return resizeColumns(wide, weights(picture.height, height, filter));
}

/** For every output position: its first input position, the number of them, and their weights · 2²². */
interface Weights {
  length: number;
  reach: number;
  first: Int32Array;
  count: Int32Array;
  /** [length, reach] */
  weight: Int32Array;
}

// The weighted sums stay within 32 bits: 255 · 2²² times the small overshoot of the cubic, which the clamped arrays cut off.
const precision = 22;
const half = 2 ** (precision - 1);

function weights(input: number, output: number, filter: ResizeFilter): Weights {
  const { support, weight } = filters[filter];
  const scale = input / output;
  const stretch = Math.max(scale, 1);
  const reach = Math.ceil(support * stretch) * 2 + 1;
  const table: Weights = {
    length: output,
    reach,
    first: new Int32Array(output),
    count: new Int32Array(output),
    weight: new Int32Array(output * reach),
  };
  const row = new Float64Array(reach);
  for (let i = 0; i < output; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support * stretch + 0.5));
    const count = Math.min(input, Math.trunc(center + support * stretch + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += row[k] = weight((first + k - center + 0.5) / stretch);
    table.first[i] = first;
    table.count[i] = count;
    for (let k = 0; k < count; k++) {
      const part = (row[k]! / sum) * 2 ** precision;
      table.weight[i * reach + k] = Math.trunc(part + (part < 0 ? -0.5 : 0.5));
    }
  }
  return table;
}

function resizeRows({ width, height, data }: Picture, { length, reach, first, count, weight }: Weights): Picture {
  const out = new Uint8ClampedArray(length * height * 3);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < length; x++, o += 3) {
      let red = half;
      let green = half;
      let blue = half;
      const from = x * reach;
      for (let k = 0, i = (y * width + first[x]!) * 3; k < count[x]!; k++, i += 3) {
        const w = weight[from + k]!;
        red += data[i]! * w;
        green += data[i + 1]! * w;
        blue += data[i + 2]! * w;
      }
      out[o] = red >> precision;
      out[o + 1] = green >> precision;
      out[o + 2] = blue >> precision;
    }
  return { width: length, height, data: new Uint8Array(out.buffer) };
}

function resizeColumns({ width, data }: Picture, { length, reach, first, count, weight }: Weights): Picture {
  const stride = width * 3;
  const out = new Uint8ClampedArray(length * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < length; y++) {
    sums.fill(half);
    for (let k = 0; k < count[y]!; k++) {
      const w = weight[y * reach + k]!;
      const from = (first[y]! + k) * stride;
      for (let i = 0; i < stride; i++) sums[i]! += data[from + i]! * w;
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = sums[i]! >> precision;
  }
  return { width, height: length, data: new Uint8Array(out.buffer) };
}
