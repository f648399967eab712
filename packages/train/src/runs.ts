// The entry `@wsss/train/runs`: the loop of a run and its checkpoints in memory, anywhere JavaScript runs.
export { type Checkpoint, firstNotFinite, type LoadedCheckpoint, parseCheckpoint, serializeCheckpoint } from './checkpoint-content.js';
export { type LoopState, NotFiniteError, runTraining, type StepValues, type TrainingOptions, type ValueSums } from './trainer.js';
