export { adjustBrightness } from './augment/brightness.js';
export { type ColorJitter, type ColorJitterSettings, colorJitter, drawColorJitter } from './augment/color-jitter.js';
export { adjustContrast } from './augment/contrast.js';
export { crop, type Rectangle } from './augment/crop.js';
export { gaussianBlur } from './augment/gaussian-blur.js';
export { grayscale } from './augment/grayscale.js';
export { adjustHue } from './augment/hue.js';
export { mirror } from './augment/mirror.js';
export { type Box, drawPaddedCrop, mirrorBox, type PaddedCrop, paddedCrop } from './augment/padded-crop.js';
export { drawPhotometric, type Photometric, type PhotometricSettings, photometric } from './augment/photometric.js';
export { drawRandomResizedCrop, type RandomResizedCropSettings, resizedCrop } from './augment/random-resized-crop.js';
export { type ResizeFilter, resize } from './augment/resize.js';
export { adjustSaturation } from './augment/saturation.js';
export { scale, scaledSize } from './augment/scale.js';
export { type AugmentationSettings, defaultAugmentation } from './augment/settings.js';
export { solarize } from './augment/solarize.js';
export { type AugmentationVariant, drawViews, makeViews, type ViewParameters, type Views } from './augment/views.js';
export { recordsBetween, type SampleStreams } from './batches/sample-order.js';
export {
  type BadRecord,
  type TrainingBatch,
  type TrainingBatchOptions,
  trainingBatches,
} from './batches/training-batches.js';
export { checkDataset, type DatasetCheck, type DatasetCheckOptions, type Duplicate, findDuplicates } from './check/check-dataset.js';
export { checkRecord, type RecordCheck } from './check/check-record.js';
export { publishedCount } from './check/published-counts.js';
export { type CocoOptions, type CocoSplit, openCoco } from './coco/coco.js';
export { type CocoAnnotation, type CocoImage, type CocoInstances, readInstances } from './coco/instances.js';
export { cocoLabelMap, type LabeledSegmentation } from './coco/label-map.js';
export { type CocoLayout, type CocoYear, cocoLayout } from './coco/layout.js';
export { decodeCounts } from './coco/run-length.js';
export type { CocoSegmentation } from './coco/segmentation.js';
export { type CocoMaskOptions, type CocoMaskSummary, writeCocoMasks } from './coco/write-masks.js';
export { ignoreLabel, type LabelMap, labelsOfMask, type Picture, type RecordFiles, type SegmentationDataset } from './dataset.js';
export { type FolderOptions, openFolder } from './folder/folder.js';
export { type ColorTable, labelsOfColors, readDeepMask, readRgbMask, vocColors } from './images/convert-masks.js';
export { decodeLabelPng, readLabelPng } from './images/read-label-png.js';
export { decodePicture, readPicture, readPictureSize } from './images/read-picture.js';
export { encodePalettePng, writePalettePng } from './images/write-palette-png.js';
export { inMemory } from './in-memory.js';
export { createRandom, type Random } from './random.js';
export { type ShapesOptions, shapesDataset } from './shapes/shapes.js';
export { openShards, type ShardsOptions } from './shards/open-shards.js';
export { type PackOptions, packShards } from './shards/pack-shards.js';
export { subset } from './subset.js';
export { vocClasses } from './voc/classes.js';
export { readImageLabels } from './voc/image-labels-file.js';
export { vocPalette } from './voc/palette.js';
export { makeSegmentationClassAug, readSbdSegmentation, type SbdOptions } from './voc/sbd.js';
export { openVoc, type VocOptions, type VocSplit } from './voc/voc.js';
