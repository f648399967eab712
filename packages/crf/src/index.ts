export {
  type BilateralOptions,
  type Compatibility,
  DenseCrf,
  type DenseCrfShape,
  type GaussianOptions,
  type MeanFieldEnergy,
  type Normalization,
  type PairwiseOptions,
} from './dense-crf';
export type { BilateralScale, Pixels } from './image-features';
export { LatticeEngine, type LatticeOptions } from './lattice-engine';
export { type LatticePoints, PermutohedralLattice } from './permutohedral-lattice';
