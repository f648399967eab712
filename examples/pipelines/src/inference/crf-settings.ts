import { type CrfSettings, paperSettings } from '@wsss/crf';
import type { Recipe } from '../recipes/recipe.js';

/** The CRF of the paper's evaluation; by the paper's variant with the phantom points of its lattice. */
export const evaluationCrf = ({ variant }: Recipe): CrfSettings => ({ ...paperSettings, phantomPoints: variant === 'paper' });

/** The CRF that pseudo labels are commonly refined by (IRN, Ahn et al. 2019). */
export const labelCrf: CrfSettings = {
  gaussian: { sigmaXy: 3, compatibility: 3 },
  bilateral: { sigmaXy: 50, sigmaRgb: 5, compatibility: 10 },
  iterations: 10,
};
