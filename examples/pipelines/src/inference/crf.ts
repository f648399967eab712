import { type CrfSettings, DenseCrfPool } from '@wsss/crf';
import type { Picture } from '@wsss/datasets';

/** A dense CRF: labels [height, width] of a picture from the probabilities [height, width, K] of its pixels. */
export type Crf = (picture: Picture, probabilities: Float32Array, id: string) => Promise<ArrayLike<number>>;

/** Hands over a dense CRF, if there are settings of one, on threads of its own (default: all cores), which end with what uses it. */
export async function withCrf<T>(
  settings: CrfSettings | undefined,
  workers: number | undefined,
  use: (crf: Crf | undefined) => Promise<T>,
): Promise<T> {
  if (!settings) return use(undefined);
  const pool = await DenseCrfPool.start({ settings, workers });
  try {
    return await use(
      async ({ width, height, data }, probabilities, name) => (await pool.run({ name, width, height, image: data, probabilities })).labels,
    );
  } finally {
    await pool.close();
  }
}
