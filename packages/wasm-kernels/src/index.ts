export { benchmarkProducts, type ProductMeasurement, type ProductShape } from './benchmark.js';
export { hasRelaxedSimd } from './compiled-kernels.js';
export { registerWasmKernels, type WasmKernels } from './register.js';
