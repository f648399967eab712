export { ConfusionMatrix, type ConfusionMatrixJSON } from './confusion-matrix.js';
export { multilabelF1 } from './multilabel-f1.js';
export { meanIou, type Scores, scores } from './scores.js';
export { iouTable } from './table.js';
