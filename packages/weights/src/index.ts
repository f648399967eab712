export { FileFormatError, fromBfloat16, fromFloat16, parseNpy, toFloat16 } from '@wsss/numpy';
export { Parameters, type UniformSource } from './parameters.js';
export { type HostTensor, parseSafetensors, type SafetensorsFile, type StateDict, serializeSafetensors } from './safetensors.js';
export { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, type TorchLayout, torchShape, toTorch } from './state-dict.js';
