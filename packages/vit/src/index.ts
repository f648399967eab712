export { block, blockParameters } from './block.js';
export { classAttention } from './class-attention.js';
export { checkConfig, type PositionResizing, type VisionTransformerConfig } from './config.js';
export { type Backbone, backbones, findBackbone } from './models.js';
export { patchGrid, patchify } from './patch-embedding.js';
export { moveToRegister, type RegisterNeurons } from './test-time-register.js';
export {
  checkWeights,
  type EncodeOptions,
  type Encoding,
  type VisiblePatches,
  VisionTransformer,
  visionTransformerParameters,
} from './vision-transformer.js';
