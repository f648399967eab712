export { type CheckEncoderOptions, type CheckedEncoder, checkEncoder } from './check-encoder.js';
export {
  type ContrastConfig,
  type Contrasted,
  ContrastHead,
  type ContrastInputs,
  type FlagThresholds,
  type MccStepInputs,
  type MccViews,
} from './contrast-head.js';
export { CropContrast, type CropContrastConfig, contrastCrops, drawCropChances } from './crop-contrast.js';
export { updateTeacher } from './ema-teacher.js';
export { drawKeyMasks, type KeyMaskOptions, type KeyMasks, patchImportance, viewFlags } from './key-masks.js';
export { type AttentionMaskEncoder, encoderFromAttentionMask, type MaskableEncoder, type VisibleRows } from './maskable-encoder.js';
export { MaskedCollaborativeContrast, type MccConfig, type MccStep } from './masked-collaborative-contrast.js';
export { Projector, type ProjectorConfig } from './projector.js';
export { uncertainCrops } from './uncertain-crops.js';
export { type KeyMaskTensors, keyMaskTensors, listVisiblePatches, type VisiblePatchLists } from './visible-patches.js';
