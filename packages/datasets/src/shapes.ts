// The entry `@wsss/datasets/shapes`: generated pictures, anywhere JavaScript runs.
export { type LabelMap, labelsOfMask, type Picture, type SegmentationDataset } from './dataset.js';
export { inMemory } from './in-memory.js';
export { type ShapesOptions, shapesDataset } from './shapes/shapes.js';
export { openShapes } from './shapes/splits.js';
export { subset } from './subset.js';
