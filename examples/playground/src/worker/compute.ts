import type { Picture } from '@wsss/datasets/shapes';
import { type BrowserEngine, type BrowserEngineName, inspectEngines, startEngine } from '@wsss/engine/browser';
import { messageInPage, type Recipe, trainingOf } from '@wsss/pipelines/browser';
import { parseCheckpoint } from '@wsss/train/runs';
import { expose, transfer } from 'comlink';
import type { EngineState, ModelState, RunEvents, SavedRun, Seen, SeenMechanism, TrainingPlan } from './messages.js';
import { Model } from './model.js';
import { Training } from './training.js';

let engine: BrowserEngine | undefined;
let model: Model | undefined;
const training = new Training();
const pictures = new Map<string, Picture>();

const running = (): BrowserEngine => {
  if (!engine) throw new Error('No engine is running yet.');
  return engine;
};

/** What the page asks of the worker that computes. */
const compute = {
  /** Starts an engine. @throws Error saying what it needs, if it does not work here */
  async start(wanted: 'auto' | BrowserEngineName): Promise<EngineState> {
    if (wanted === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
    engine = await startEngine({ engine: wanted });
    const { name, version, threads } = engine;
    return { name, version, threads, reports: await inspectEngines() };
  },

  /** Takes a checkpoint into use. @throws Error in one sentence if it is none of ours, or damaged; the one before stays in use then */
  async useModel(checkpoint: Blob, name: string): Promise<ModelState> {
    running();
    const content = trainingOf(await parseCheckpoint(new Uint8Array(await checkpoint.arrayBuffer()), name), name);
    model?.dispose();
    model = new Model(content, name);
    return model.state;
  },

  async look(picture: Picture): Promise<Seen> {
    const seen = await inUse().look(picture);
    const { labels, probabilities, confidence, activations } = seen;
    return transfer(
      seen,
      [labels, probabilities, confidence, activations.main, activations.auxiliary].map(({ buffer }) => buffer),
    );
  },

  labelsOf: (picture: Picture): Promise<Int32Array> => inUse().labelsOf(picture),

  explain: (picture: Picture, name: string, seed: number): Promise<SeenMechanism> => inUse().explain(picture, name, seed),

  /** A picture to train on, by the id that plans call it by. */
  addPicture(id: string, picture: Picture): void {
    pictures.set(id, picture);
  },

  removePictures(): void {
    pictures.clear();
  },

  savedRun: (): Promise<SavedRun | undefined> => training.saved(),

  train: (plan: TrainingPlan, events: RunEvents) => training.begin(plan, pictures, running(), events),

  goOn: (events: RunEvents) => training.goOn(pictures, running(), events),

  pause: () => training.pause(),

  /** The newest checkpoint of the run, as a blob: the page passes it on without copying it, which would keep it from answering. */
  runCheckpoint: (): Blob | undefined => training.checkpoint && new Blob([training.checkpoint as BlobPart]),

  /** The recipe of the model in use. */
  recipe: (): Recipe => inUse().content.recipe,
};

function inUse(): Model {
  if (!model) throw new Error('No model is loaded yet.');
  return model;
}

/** The same, with errors whose advice is that for a page. */
function inWordsOfThePage(methods: typeof compute): typeof compute {
  const translated = Object.entries(methods).map(([name, method]) => [
    name,
    async (...values: unknown[]) => {
      try {
        return await (method as (...values: unknown[]) => unknown)(...values);
      } catch (error) {
        throw new Error(messageInPage(error));
      }
    },
  ]);
  return Object.fromEntries(translated) as typeof compute;
}

export type Compute = typeof compute;

expose(inWordsOfThePage(compute));
