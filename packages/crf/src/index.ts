export { applyCrf, type CrfImage, type CrfResult as RefinedImage, type CrfSettings, paperSettings } from './apply-crf.js';
export { type BilateralFilterRequest, bilateralFilter } from './bilateral-filter.js';
export {
  type BilateralOptions,
  type Compatibility,
  DenseCrf,
  type DenseCrfShape,
  type GaussianOptions,
  type MeanFieldEnergy,
  type Normalization,
  type PairwiseOptions,
} from './dense-crf.js';
export type { BilateralScale, Pixels } from './image-features.js';
export { LatticeEngine, type LatticeOptions } from './lattice-engine.js';
export { type LatticePoints, PermutohedralLattice } from './permutohedral-lattice.js';
export { DenseCrfPool, type NamedCrfImage, type NamedCrfResult as NamedRefinedImage, type PoolOptions } from './pool.js';
export { refineTensor } from './refine-tensor.js';
