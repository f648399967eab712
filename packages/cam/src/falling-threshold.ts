/**
 * A threshold that falls along half a cosine: `from` at the start of a run, `to` at its end. As the classes become known, less of an
 * object need be left unlabeled (Wu et al., "DuPL: Dual Student with Trustworthy Progressive Learning", CVPR 2024, section 3.3: from
 * 0.7 to 0.55).
 *
 * @param progress Share of the run that is done, in [0, 1].
 * @throws Error when the progress is out of range.
 */
export function fallingThreshold(from: number, to: number, progress: number): number {
  if (!(progress >= 0 && progress <= 1)) throw new Error(`fallingThreshold: progress must lie in [0, 1], got ${progress}`);
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
