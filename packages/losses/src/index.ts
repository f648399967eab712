export { affinityLoss } from './affinity.js';
export { denseEnergy, denseEnergyLoss, scaledProbabilities } from './dense-energy.js';
export {
  type BilateralFilter,
  type BilateralFilterRequest,
  type DenseEnergyInput,
  type DenseEnergySettings,
  denseEnergyAffinity,
} from './dense-energy-affinity.js';
export { multilabelSoftMarginLoss } from './multilabel-soft-margin.js';
export { segmentationLoss } from './segmentation.js';
export { type ContrastOptions, classTokenContrastLoss, contrastByChance } from './token-contrast.js';
