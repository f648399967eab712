export { FileFormatError, parseNpy, serializeNpy } from '@wsss/numpy';
export {
  describeWeights,
  type EncoderDescription,
  type EncoderSizes,
  encoderSizes,
  type TensorStatistics,
  type WeightsDescription,
} from './describe-weights.js';
export { type EncoderWeights, type EncoderWeightsOptions, encoderPrefixes, encoderWeights } from './encoder-weights.js';
export { Parameters, type UniformSource } from './parameters.js';
export { parsePytorch } from './pytorch/parse-pytorch.js';
export { parseSafetensors, serializeSafetensors } from './safetensors.js';
export { shardNumber } from './shards.js';
export { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, type TorchLayout, torchShape, toTorch } from './state-dict.js';
export type { HostTensor, StateDict, WeightsContent, WeightsFile } from './weights-content.js';
export { parseWeights, readWeights } from './weights-file.js';
