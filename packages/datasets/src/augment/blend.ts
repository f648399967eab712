/**
 * degenerate + factor · (value − degenerate), clamped to 0 … 255 and rounded down: the rule by which PIL brightens, adds contrast and
 * saturates. Computed in single precision, as there, so that the rounding agrees.
 *
 * @param factor 0 gives `degenerate`, 1 gives `value`, more exaggerates; must already be single precision (`Math.fround`)
 */
export function blend(degenerate: number, value: number, factor: number): number {
  const mixed = Math.fround(degenerate + Math.fround(factor * (value - degenerate)));
  return Math.trunc(Math.max(0, Math.min(255, mixed)));
}
