export { FileFormatError, parseNpy, serializeNpy } from '@wsss/numpy';
export { describeWeights, type EncoderDescription, type WeightsDescription } from './describe-weights.js';
export { type EncoderWeights, type EncoderWeightsOptions, encoderWeights } from './encoder-weights.js';
export { Parameters, type UniformSource } from './parameters.js';
export { parsePytorch } from './pytorch/parse-pytorch.js';
export { type HostTensor, parseSafetensors, type StateDict, serializeSafetensors, type WeightsContent } from './safetensors.js';
export { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, type TorchLayout, torchShape, toTorch } from './state-dict.js';
export { parseWeights, readWeights, type WeightsFile } from './weights-file.js';
