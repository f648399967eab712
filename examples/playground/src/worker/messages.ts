import type { BrowserEngineName, BrowserEngineReport } from '@wsss/engine/browser';
import type { Explanation } from '@wsss/pipelines/browser';

/** The engine that computes. */
export interface EngineState {
  name: BrowserEngineName;
  version: string;
  threads: number;
  reports: BrowserEngineReport[];
}

/** The network in use. */
export interface ModelState {
  name: string;
  classes: string[];
  dataset: string;
  iteration: number;
  crop: number;
  patchSize: number;
}

/** What the network makes of a picture; all in its size. */
export interface Seen {
  /** [height, width], 0 = background. */
  labels: Int32Array;
  /** [height, width, K] */
  probabilities: Float32Array;
  /** [height, width], 0 … 1. */
  confidence: Float32Array;
  /** Of the classes that are there: index from 0, and the maps [height, width, M] of both heads. */
  activations: { classes: number[]; main: Float32Array; auxiliary: Float32Array };
}

export type SeenMechanism = Explanation;

/** Where the training data of a run come from. */
export type TrainingSource =
  | { kind: 'shapes' }
  | { kind: 'own'; classes: string[]; images: { id: string; name: string; tags: number[] }[] };

/** What a run is to be. */
export interface TrainingPlan {
  source: TrainingSource;
  /** The encoder to start from; absent: random values. */
  encoder?: { name: string; bytes: Uint8Array };
  iterations: number;
  crop: number;
  batch: number;
  seed: number;
  /** Iterations between previews. */
  previewEvery?: number;
}

/** An iteration that is done. */
export interface Step {
  done: number;
  total: number;
  losses: Record<string, number>;
  f1: number;
  guessed: number;
  /** Seconds that it took. */
  seconds: number;
}

/** A held-out image and what the network makes of it. */
export interface Preview {
  name: string;
  width: number;
  height: number;
  image: Uint8Array;
  labels: Int32Array;
}

/** What a worker tells of a run. */
export interface RunEvents {
  step(step: Step): void;
  remark(text: string): void;
  previews(done: number, previews: Preview[]): void;
  saved(done: number): void;
}

/** A run that was saved, as the page shows it after a reload. */
export interface SavedRun {
  plan: Omit<TrainingPlan, 'encoder'>;
  done: number;
  steps: Step[];
  remarks: string[];
  ended: boolean;
}
