export { hasRelaxedSimd } from './compiled-kernels.js';
export { registerWasmKernels, type WasmKernels } from './register.js';
