export { benchmarkProducts, type ProductMeasurement } from './benchmark.js';
export { hasRelaxedSimd } from './compiled-kernels.js';
export { registerWasmKernels, type WasmKernels } from './register.js';
