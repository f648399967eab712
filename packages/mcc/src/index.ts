export { type ContrastOptions, contrastLoss } from './contrast-loss.js';
export { updateTeacher } from './ema-teacher.js';
export { drawKeyMasks, type KeyMaskOptions, type KeyMasks, patchImportance, viewFlags } from './key-masks.js';
export { type MaskableEncoder, MaskedCollaborativeContrast, type MccConfig, visiblePatchTensors } from './masked-collaborative-contrast.js';
export { Projector, type ProjectorConfig, projectorParameters } from './projector.js';
export { listVisiblePatches, type VisiblePatchLists } from './visible-patches.js';
