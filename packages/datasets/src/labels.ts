// The entry `@wsss/datasets/labels`: labels as files hold them, anywhere JavaScript runs.
export { countsOfLabel } from './coco/label-counts.js';
export { readCsv } from './folder/forms/read-csv.js';
export { encodeLabelPng } from './images/encode-label-png.js';
export { vocPalette } from './voc/palette.js';
