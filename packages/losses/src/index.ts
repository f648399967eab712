export { affinityLoss } from './affinity.js';
export { multilabelSoftMarginLoss } from './multilabel-soft-margin.js';
export { segmentationLoss } from './segmentation.js';
