import { sizeProblem } from '@wsss/datasets/batches';

/** Longer side that pictures are decoded at: that of `mcc predict`. */
const largestSide = 1024;

/** What a picture is decoded to: not larger than `largestSide`, in its proportions. @throws Error saying what is wrong with its size */
export function decodedSize(name: string, size: { width: number; height: number }): { width: number; height: number } {
  const problem = sizeProblem(size);
  if (problem) throw new Error(`${name}: ${problem.replace(' (and its mask)', '')}.`);
  const factor = Math.min(1, largestSide / Math.max(size.width, size.height));
  return { width: Math.max(1, Math.round(size.width * factor)), height: Math.max(1, Math.round(size.height * factor)) };
}
