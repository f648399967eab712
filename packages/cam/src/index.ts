export { artifactTokens, leaveOutArtifacts } from './artifact-tokens.js';
export { classActivationLogits, normalizeCam } from './class-activation-map.js';
export { fallingThreshold } from './falling-threshold.js';
export { fitTwoGaussians, type Gaussian, mixtureThresholds } from './mixture-thresholds.js';
export { type CamHeads, multiScaleCam } from './multi-scale-cam.js';
export { type RefinementOptions, refineByPixels } from './pixel-adaptive-refinement.js';
export { boxMask, type CamThresholds, camToLabels, IGNORE, pseudoLabels, validCam } from './pseudo-label.js';
export { backgroundLevels, keptClasses, type LevelOptions, refinedLabels } from './refine.js';
