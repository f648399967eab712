export { applyCrf, type CrfImage, type CrfResult, type CrfSettings, paperSettings } from './apply-crf.js';
export { type BilateralFilterRequest, bilateralFilter } from './bilateral-filter.js';
export type { Compatibility } from './compatibility.js';
export { DenseCrf, type DenseCrfShape, type MeanFieldEnergy } from './dense-crf.js';
export type { BilateralScale, Pixels } from './image-features.js';
export { LatticeEngine, type LatticeOptions } from './lattice-engine.js';
export type { BilateralOptions, GaussianOptions, Normalization, PairwiseOptions } from './pairwise-term.js';
export { type LatticePoints, PermutohedralLattice } from './permutohedral-lattice.js';
export { DenseCrfPool, type NamedCrfImage, type NamedCrfResult, type PoolOptions } from './pool.js';
