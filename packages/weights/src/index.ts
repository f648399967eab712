export { fromBfloat16, fromFloat16, toFloat16 } from './half-precision.js';
export { parseNpy } from './npy.js';
export { Parameters, type UniformSource } from './parameters.js';
export { type HostTensor, parseSafetensors, type SafetensorsFile, type StateDict, serializeSafetensors } from './safetensors.js';
export { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, type TorchLayout, torchShape, toTorch } from './state-dict.js';
