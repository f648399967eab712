import { type FrameStep, onPicture } from './pixel-memory.js';

export const blur = (radius: number): FrameStep => {
  if (!(radius >= 0)) throw new RangeError(`gaussianBlur: radius must be ≥ 0, found ${radius}`);
  const box = boxOf(radius);
  return (memory, frame) => {
    const { width, height, stride } = frame;
    let result = memory.frame(width, height);
    let other = memory.frame(width, height);
    memory.scope(() => {
      const lines = memory.take(2 * (width + 2 * box.reach + 2) * 16);
      memory.call('blurRows', { source: frame.address, target: other.address, width, height, lines, ...box });
      const sums = memory.take(stride * 4 + 64);
      for (let pass = 0; pass < 3; pass++) {
        memory.call('blurColumns', { source: other.address, target: result.address, stride, height, sums, ...box });
        [result, other] = [other, result];
      }
    });
    return other;
  };
};

/**
 * Gaussian blur as PIL computes it: three extended box blurs along the rows, then three along the columns (Gwosdek et al. 2011,
 * "Theoretical foundations of Gaussian convolution by extended box filtering"), each rounded to 8 bits, edges replicated.
 * Its argument is the standard deviation in pixels, ≥ 0.
 */
export const gaussianBlur = onPicture(blur);

/** The box whose threefold convolution has the variance radius²: 2·reach + 1 pixels and one more at each end, weights in units of 2⁻²⁴. */
function boxOf(radius: number): { reach: number; innerWeight: number; outerWeight: number } {
  const variance = Math.fround(radius * radius) / 3;
  const length = Math.sqrt(12 * variance + 1);
  const whole = Math.floor((length - 1) / 2);
  const part = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  const reach = Math.trunc(whole + part);
  const innerWeight = Math.trunc(2 ** 24 / Math.fround((whole + part) * 2 + 1));
  return { reach, innerWeight, outerWeight: Math.trunc((2 ** 24 - (reach * 2 + 1) * innerWeight) / 2) };
}
