export { adjustBrightness } from './augment/brightness';
export { type ColorJitter, type ColorJitterSettings, colorJitter, drawColorJitter } from './augment/color-jitter';
export { adjustContrast } from './augment/contrast';
export { crop, type Rectangle } from './augment/crop';
export { gaussianBlur } from './augment/gaussian-blur';
export { grayscale } from './augment/grayscale';
export { adjustHue } from './augment/hue';
export { mirror } from './augment/mirror';
export { type Box, drawPaddedCrop, mirrorBox, type PaddedCrop, paddedCrop } from './augment/padded-crop';
export { drawPhotometric, type Photometric, type PhotometricSettings, photometric } from './augment/photometric';
export { drawRandomResizedCrop, type RandomResizedCropSettings, resizedCrop } from './augment/random-resized-crop';
export { type ResizeFilter, resize } from './augment/resize';
export { adjustSaturation } from './augment/saturation';
export { scale, scaledSize } from './augment/scale';
export { type AugmentationSettings, defaultAugmentation } from './augment/settings';
export { solarize } from './augment/solarize';
export { type AugmentationVariant, drawViews, makeViews, type ViewParameters, type Views } from './augment/views';
export { recordsBetween, type SampleStreams } from './batches/sample-order';
export {
  type BadRecord,
  type TrainingBatch,
  type TrainingBatchOptions,
  trainingBatches,
} from './batches/training-batches';
export { checkDataset, type DatasetCheck, type DatasetCheckOptions, type Duplicate, findDuplicates } from './check/check-dataset';
export { checkRecord, type RecordCheck } from './check/check-record';
export { publishedCount } from './check/published-counts';
export { type CocoOptions, type CocoSplit, openCoco } from './coco/coco';
export { type CocoAnnotation, type CocoImage, type CocoInstances, readInstances } from './coco/instances';
export { cocoLabelMap, type LabeledSegmentation } from './coco/label-map';
export { type CocoLayout, type CocoYear, cocoLayout } from './coco/layout';
export { readSegmentations } from './coco/read-segmentations';
export { decodeCounts } from './coco/run-length';
export type { CocoSegmentation } from './coco/segmentation';
export { type CocoMaskOptions, type CocoMaskSummary, writeCocoMasks } from './coco/write-masks';
export { ignoreLabel, type LabelMap, labelsOfMask, type Picture, type RecordFiles, type SegmentationDataset } from './dataset';
export { type FolderOptions, openFolder } from './folder/folder';
export { type ColorTable, labelsOfColors, readDeepMask, readRgbMask, vocColors } from './images/convert-masks';
export { decodeLabelPng, readLabelPng } from './images/read-label-png';
export { decodePicture, readPicture, readPictureSize } from './images/read-picture';
export { encodePalettePng, writePalettePng } from './images/write-palette-png';
export { inMemory } from './in-memory';
export { createRandom, type Random } from './random';
export { type ShapesOptions, shapesDataset } from './shapes/shapes';
export { openShards, type ShardsOptions } from './shards/open-shards';
export { type PackOptions, packShards } from './shards/pack-shards';
export { subset } from './subset';
export { readAnnotationLabels } from './voc/annotations';
export { vocClasses } from './voc/classes';
export { readImageLabels } from './voc/image-labels-file';
export { vocPalette } from './voc/palette';
export { makeSegmentationClassAug, readSbdSegmentation, type SbdOptions } from './voc/sbd';
export { openVoc, type VocOptions, type VocSplit } from './voc/voc';
