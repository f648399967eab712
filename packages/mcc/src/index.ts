export { type ContrastOptions, classTokenContrastLoss as contrastLoss } from '@wsss/losses';
export { updateTeacher } from './ema-teacher.js';
export { drawKeyMasks, type KeyMaskOptions, type KeyMasks, patchImportance, viewFlags } from './key-masks.js';
export { type AttentionMaskEncoder, encoderFromAttentionMask, type MaskableEncoder, type VisibleRows } from './maskable-encoder.js';
export {
  type FlagThresholds,
  MaskedCollaborativeContrast,
  type MccConfig,
  type MccStep,
  type MccStepInputs,
  type MccViews,
  positiveShare,
} from './masked-collaborative-contrast.js';
export { Projector, type ProjectorConfig, projectorParameters } from './projector.js';
export {
  type KeyMaskTensors,
  keyMaskTensors,
  listVisiblePatches,
  type VisiblePatchLists,
  visiblePatchTensors,
} from './visible-patches.js';
