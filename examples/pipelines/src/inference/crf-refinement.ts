import { type CrfSettings, DenseCrfPool } from '@wsss/crf';
import type { Picture } from '@wsss/datasets';

/** Labels [height, width] of a picture from the probabilities [height, width, K] of its pixels. */
export type Crf = (picture: Picture, probabilities: Float32Array, id: string) => Promise<ArrayLike<number>>;

/** A dense CRF on threads of its own. */
export interface StartedCrf {
  crf: Crf;
  close(): Promise<void>;
}

/**
 * Starts the threads.
 *
 * @param workers Their number; default: all cores.
 * @returns undefined if there are no settings, that is, if no CRF is wanted.
 */
export async function startCrf(settings: CrfSettings | undefined, workers?: number): Promise<StartedCrf | undefined> {
  if (!settings) return undefined;
  const pool = await DenseCrfPool.start({ settings, workers });
  return {
    crf: async ({ width, height, data }, probabilities, name) =>
      (await pool.run({ name, width, height, image: data, probabilities })).labels,
    close: () => pool.close(),
  };
}
