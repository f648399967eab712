export { isDiskFull, linkAtomically, writeAtomically } from '@wsss/files';
export { AdamW, type AdamWInputs, type AdamWOptions } from './adamw.js';

export { loadCheckpoint, readCheckpoint, saveCheckpoint } from './checkpoint.js';
export { type Checkpoint, firstNotFinite, type LoadedCheckpoint, parseCheckpoint, serializeCheckpoint } from './checkpoint-content.js';
export { CheckpointFolder, type CheckpointManifest, checkAgainst, type FoundCheckpoint, readManifest } from './checkpoint-folder.js';
export { GradientAccumulator } from './gradient-accumulator.js';
export { clipGradients, gradientNorm } from './gradient-norm.js';
export { catchInterruption, type InterruptionOptions, signalExitCode } from './interruption.js';
export { type Gradients, Optimizer, type Parameter, type ParameterGroup, type Rate } from './optimizer.js';
export { Progress, type ProgressOptions, type TextStream } from './progress.js';
export { digestLog, type LogDigest, type LogRecord, lossOfLog, RunLog, rewindLog } from './run-log.js';
export { cosineWarmup, polynomial, polyWarmup, type Schedule, type WarmupSettings } from './schedules.js';
export { SGD, type SGDInputs, type SGDOptions } from './sgd.js';
export { type LoopState, NotFiniteError, runTraining, type StepValues, type TrainingOptions, type ValueSums } from './trainer.js';
