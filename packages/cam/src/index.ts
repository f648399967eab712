export { artifactTokens, leaveOutArtifacts } from './artifact-tokens.js';
export { classActivationLogits, normalizeCam } from './class-activation-map.js';
export { type CamHeads, multiScaleCam } from './multi-scale-cam.js';
export { type RefinementOptions, refineByPixels } from './pixel-adaptive-refinement.js';
export { boxMask, camToLabels, IGNORE, pseudoLabels, validCam } from './pseudo-label.js';
export { backgroundLevels, keptClasses, type LevelOptions, refinedLabels } from './refine.js';
