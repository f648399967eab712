import type { Picture } from '../dataset';

/**
 * Gaussian blur as PIL computes it: three extended box blurs along the rows, then three along the columns (Gwosdek et al. 2011,
 * "Theoretical foundations of Gaussian convolution by extended box filtering"), each rounded to 8 bits, edges replicated.
 *
 * @param radius standard deviation in pixels, ≥ 0
 */
export function gaussianBlur(picture: Picture, radius: number): Picture {
  if (!(radius >= 0)) throw new RangeError(`gaussianBlur: radius must be ≥ 0, found ${radius}`);
  const { width, height } = picture;
  const box = boxOf(radius);
  let data = blurRows(picture.data, width, height, box);
  for (let pass = 0; pass < 3; pass++) data = blurColumns(data, width, height, box);
  return { width, height, data };
}

/** A box of 2·reach + 1 pixels of weight `inner` and one more at each end of weight `outer`, in units of 2⁻²⁴. */
interface ExtendedBox {
  reach: number;
  inner: number;
  outer: number;
}

/** The box whose threefold convolution has the variance radius². */
function boxOf(radius: number): ExtendedBox {
  const variance = Math.fround(radius * radius) / 3;
  const length = Math.sqrt(12 * variance + 1);
  const whole = Math.floor((length - 1) / 2);
  const part = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  const reach = Math.trunc(whole + part);
  const inner = Math.trunc(2 ** 24 / Math.fround((whole + part) * 2 + 1));
  return { reach, inner, outer: Math.trunc((2 ** 24 - (reach * 2 + 1) * inner) / 2) };
}

// The sums below are modulo 2³² on purpose: unsigned they always fit.
const weighted = (sum: number, inner: number, ends: number, outer: number) =>
  (Math.imul(sum, inner) + Math.imul(ends, outer) + 0x800000) >>> 24;

/** All three passes over one channel of a row at a time, in two short lines of memory whose ends repeat, so that the loop knows no edges. */
function blurRows(data: Uint8Array, width: number, height: number, { reach, inner, outer }: ExtendedBox): Uint8Array {
  const edge = reach + 1;
  const out = new Uint8Array(data.length);
  let line = new Uint8Array(width + 2 * edge);
  let next = new Uint8Array(width + 2 * edge);
  for (let y = 0; y < height; y++)
    for (let channel = 0; channel < 3; channel++) {
      const row = y * width * 3 + channel;
      for (let x = 0, i = row; x < width; x++, i += 3) line[x + edge] = data[i]!;
      for (let pass = 0; pass < 3; pass++) {
        line.fill(line[edge]!, 0, edge);
        line.fill(line[width + edge - 1]!, width + edge);
        let sum = 0;
        for (let i = 1; i < 2 * edge - 1; i++) sum += line[i]!;
        for (let x = 0; x < width; x++) {
          sum += line[x + 2 * edge - 1]!;
          next[x + edge] = weighted(sum, inner, line[x]! + line[x + 2 * edge]!, outer);
          sum -= line[x + 1]!;
        }
        [line, next] = [next, line];
      }
      for (let x = 0, i = row; x < width; x++, i += 3) out[i] = line[x + edge]!;
    }
  return out;
}

/** One pass over all columns at once, with a running sum for each. */
function blurColumns(data: Uint8Array, width: number, height: number, { reach, inner, outer }: ExtendedBox): Uint8Array {
  const out = new Uint8Array(data.length);
  const stride = width * 3;
  const row = (y: number) => data.subarray(Math.min(height - 1, Math.max(0, y)) * stride).subarray(0, stride);
  const sums = new Int32Array(stride);
  for (let y = -reach; y < reach; y++) for (const [i, value] of row(y).entries()) sums[i]! += value;
  for (let y = 0; y < height; y++) {
    const [before, first, last, after] = [row(y - reach - 1), row(y - reach), row(y + reach), row(y + reach + 1)] as const;
    for (let i = 0, o = y * stride; i < stride; i++) {
      const sum = sums[i]! + last[i]!;
      out[o + i] = weighted(sum, inner, before[i]! + after[i]!, outer);
      sums[i] = sum - first[i]!;
    }
  }
  return out;
}
