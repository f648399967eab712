export { FileFormatError, parseNpy, serializeNpy } from '@wsss/numpy';
export { describeWeights, type EncoderDescription, type TensorDescription, type WeightsDescription } from './describe-weights.js';
export { type EncoderWeights, type EncoderWeightsOptions, encoderWeights } from './encoder-weights.js';
export { Parameters, type UniformSource } from './parameters.js';
export { type PytorchFile, parsePytorch } from './pytorch/parse-pytorch.js';
export { readWeights } from './read-weights.js';
export { type HostTensor, parseSafetensors, type SafetensorsFile, type StateDict, serializeSafetensors } from './safetensors.js';
export { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, type TorchLayout, torchShape, toTorch } from './state-dict.js';
export { parseWeights, type WeightsFile, type WeightsFormat } from './weights-file.js';
