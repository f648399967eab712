// The entry `@wsss/train/optimizers`: what a training step needs, anywhere JavaScript runs.
export { AdamW, type AdamWInputs, type AdamWOptions } from './adamw.js';
export { GradientAccumulator } from './gradient-accumulator.js';
export { clipGradients, gradientNorm } from './gradient-norm.js';
export { type Gradients, Optimizer, type Parameter, type ParameterGroup, type Rate } from './optimizer.js';
export { cosineWarmup, polynomial, polyWarmup, type Schedule, type WarmupSettings } from './schedules.js';
export { SGD, type SGDInputs, type SGDOptions } from './sgd.js';
