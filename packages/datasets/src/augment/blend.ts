/**
 * degenerate + factor · (value − degenerate), rounded towards 0: the rule by which PIL brightens, adds contrast and saturates. Computed in
 * single precision, as there, so that the rounding agrees. The result can be beyond 0 … 255 and belongs into a Uint8ClampedArray.
 *
 * @param factor 0 gives `degenerate`, 1 gives `value`, more exaggerates; must already be single precision (`Math.fround`)
 */
export function blend(degenerate: number, value: number, factor: number): number {
  return Math.fround(degenerate + Math.fround(factor * (value - degenerate))) | 0;
}
