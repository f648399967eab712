import pLimit from 'p-limit';
import { type AugmentationSettings, checkAugmentation, defaultAugmentation } from '../augment/settings.js';
import { type AugmentationVariant, drawViews, makeViews, type ViewParameters } from '../augment/views.js';
import type { Picture, SegmentationDataset } from '../dataset.js';
import { sizeProblem } from '../images/picture-limits.js';
import { createRandom } from '../random.js';
import { sampleOrder } from './sample-order.js';

export interface TrainingBatchOptions {
  dataset: SegmentationDataset;
  /** Samples a batch, B. */
  batchSize: number;
  /** Side of the views in pixels, S. */
  crop: number;
  seed: number;
  /** First iteration, default 0: a run that is resumed at iteration i gets the batches it would have got. */
  start?: number;
  /** Number of batches, default without end. */
  count?: number;
  /** Default `fixed`; see {@link AugmentationVariant}. */
  variant?: AugmentationVariant;
  /** Default {@link defaultAugmentation}. */
  augmentation?: AugmentationSettings;
  /** Batches made ahead while the consumer works, default 2. */
  prefetch?: number;
  /** Threads for augmentation, default one less than the machine runs at a time; 0, and TypeScript source, work in this thread. */
  workers?: number;
  /** For data-parallel training: this process takes the `index`-th of `count` parts of every count · batchSize samples. Default all. */
  shard?: { index: number; count: number };
  /**
   * For a dataset whose records lie in groups: batch b takes its samples from the groups of stream b mod `streams`, so that processes whose
   * number divides that of the streams read different groups, and take together what one process with as many streams takes. Default 1.
   */
  streams?: number;
  /** Positions before the first sample of iteration 0, for a run that goes on with another number of processes. Default 0. */
  offset?: number;
  /**
   * Given, a record that cannot be used (its file is damaged, it is too small …) is replaced by another one, which seed and position
   * determine, and is told to this function when it is first met. Without it, the loop throws.
   */
  onBadRecord?: (record: BadRecord) => void;
  /** Where the built worker's code is, if a bundler moved it away from this module. */
  workerModule?: URL;
}

export interface BadRecord {
  index: number;
  id: string;
  reason: string;
}

/** One training iteration's input. Bytes are 0 … 255, not normalized. */
export interface TrainingBatch {
  /** Names of the records [B]. */
  ids: string[];
  /** Samples, B. */
  size: number;
  /** Side of the views in pixels, S. */
  crop: number;
  /** The training image [B, S, S, 3]. */
  view1: Uint8Array;
  /** Another crop of the same picture [B, S, S, 3]. */
  view2: Uint8Array;
  /** The crop of view 1 in other colors [B, S, S, 3]. */
  local: Uint8Array;
  /** Top, bottom, left, right [B, 4]: view 1 shows the picture in rows [top, bottom), columns [left, right), and padding outside. */
  boxes: Int32Array;
  /** Image-level labels [B, C], 0 or 1. */
  labels: Float32Array;
}

/** What makes the views of samples: this thread, or several. */
export interface Augmenters {
  run(job: { picture: Picture; parameters: ViewParameters }): Promise<ReturnType<typeof makeViews>>;
  close(): Promise<unknown>;
}

/** Makes the views in this thread. */
export const inThisThread = (): Augmenters => ({
  run: async ({ picture, parameters }) => makeViews(picture, parameters),
  close: async () => {},
});

/** `trainingBatches`, whose views are made by what `start` starts; `workers` is the default number of its threads. */
export function batchesMadeBy(
  start: (workers: number, module?: URL) => Augmenters,
  workers: number,
  options: TrainingBatchOptions,
): AsyncIterable<TrainingBatch> {
  const plan = {
    start: 0,
    count: Number.POSITIVE_INFINITY,
    variant: 'fixed' as const,
    augmentation: defaultAugmentation,
    prefetch: 2,
    workers,
    shard: { index: 0, count: 1 },
    streams: 1,
    offset: 0,
    ...withoutUndefined(options),
  };
  check(plan);
  return { [Symbol.asyncIterator]: () => iterate(plan, start) };
}

/** Lets files, threads and messages go on. */
const eventLoopTurn = () => new Promise<void>(resolve => (globalThis.setImmediate ?? setTimeout)(resolve));

type Plan = TrainingBatchOptions & Required<Omit<TrainingBatchOptions, 'workerModule' | 'onBadRecord'>>;

async function* iterate(
  plan: Plan,
  startAugmenters: (workers: number, module?: URL) => Augmenters,
): AsyncGenerator<TrainingBatch, void, undefined> {
  const { start, prefetch } = plan;
  const end = start + plan.count;
  // More threads than samples under way would never work.
  const workers = Math.min(plan.workers, (prefetch + 1) * plan.batchSize);
  const augmenters = startAugmenters(workers, plan.workerModule);
  const stopped = new AbortController();
  const makeBatch = batchMaker(plan, augmenters, Math.max(1, workers), stopped.signal);
  const ahead: Promise<TrainingBatch>[] = [];
  try {
    for (let next = start, iteration = start; iteration < end; iteration++) {
      for (; next < end && ahead.length <= prefetch; next++) {
        const batch = makeBatch(next);
        batch.catch(() => {}); // it is thrown when its turn comes, not as an unhandled rejection before
        ahead.push(batch);
      }
      await eventLoopTurn(); // lets files and threads go on even if the consumer never waits for anything
      yield await ahead.shift()!;
    }
  } finally {
    stopped.abort();
    await augmenters.close();
  }
}

/** So many bad records in a row are no accident. */
const mostSubstitutes = 50;

/** Makes the batch of an iteration; at most two samples a thread are under way, one being read while one is augmented. */
function batchMaker(plan: Plan, augmenters: Augmenters, threads: number, stopped: AbortSignal) {
  const { dataset, batchSize, crop, seed, variant: recipe, augmentation, shard, streams, offset, onBadRecord } = plan;
  const recordAt = sampleOrder(dataset.length, seed, dataset.groups, { count: streams, batchSize });
  dataset.keepGroups?.(streams % shard.count ? streams : streams / shard.count);
  const inTurn = pLimit(2 * threads);

  async function read(index: number) {
    const id = dataset.id(index);
    const [picture, labels] = await Promise.all([dataset.image(index), dataset.labels(index)]);
    const { width, height, data } = picture;
    if (data.length !== width * height * 3)
      throw new Error(`${dataset.name} ${id}: a picture of ${width}×${height} needs ${width * height * 3} bytes, found ${data.length}`);
    const problem = sizeProblem(picture);
    if (problem) throw new Error(`image ${dataset.files?.(index).image ?? `${dataset.name} ${id}`}: ${problem}`);
    return { id, picture, labels };
  }

  const bad = new Set<number>();
  /** The record of a position, or where that is bad, the first good one of a random sequence of the position's own. */
  async function readOrReplace(position: number) {
    if (!onBadRecord) return read(recordAt(position));
    const substitutes = createRandom(seed, 'substitute', position);
    let index = recordAt(position);
    for (let attempt = 0; ; attempt++, index = substitutes.integer(0, dataset.length)) {
      if (bad.has(index) && attempt < mostSubstitutes) continue;
      try {
        return await read(index);
      } catch (error) {
        if (attempt >= mostSubstitutes)
          throw new Error(`${mostSubstitutes} records in a row cannot be used, the last: ${(error as Error).message}`, { cause: error });
        if (!bad.has(index)) onBadRecord({ index, id: dataset.id(index), reason: (error as Error).message });
        bad.add(index);
      }
    }
  }

  async function addSample(batch: TrainingBatch, place: number, position: number): Promise<void> {
    stopped.throwIfAborted();
    const { id, picture, labels } = await readOrReplace(position);
    const parameters = drawViews(createRandom(seed, 'views', position), picture, crop, recipe, augmentation);
    const { view1, view2, local, box } = await augmenters.run({ picture, parameters });
    const at = place * crop * crop * 3;
    batch.ids[place] = id;
    batch.view1.set(view1.data, at);
    batch.view2.set(view2.data, at);
    batch.local.set(local.data, at);
    batch.boxes.set(box, place * 4);
    batch.labels.set(labels, place * dataset.classes.length);
  }

  const views = () => new Uint8Array(batchSize * crop * crop * 3);
  return async (iteration: number): Promise<TrainingBatch> => {
    const batch = {
      ids: new Array<string>(batchSize),
      size: batchSize,
      crop,
      view1: views(),
      view2: views(),
      local: views(),
      boxes: new Int32Array(batchSize * 4),
      labels: new Float32Array(batchSize * dataset.classes.length),
    };
    const first = offset + (iteration * shard.count + shard.index) * batchSize;
    await Promise.all(Array.from({ length: batchSize }, (_, place) => inTurn(addSample, batch, place, first + place)));
    return batch;
  };
}

const withoutUndefined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

function check(plan: Plan): void {
  const { batchSize, crop, start, count, prefetch, workers, streams, offset, shard, seed, variant, dataset } = plan;
  const positive = { batchSize, crop, streams, 'shard.count': shard.count };
  const natural = { start, count: count === Infinity ? 0 : count, prefetch, workers, offset, 'shard.index': shard.index };
  for (const [least, options] of [natural, positive].entries())
    for (const [name, value] of Object.entries(options))
      if (!Number.isSafeInteger(value) || value < least)
        throw new RangeError(`trainingBatches: ${name} must be an integer ≥ ${least}, found ${value}`);
  if (shard.index >= shard.count)
    throw new RangeError(`trainingBatches: shard.index must be below shard.count ${shard.count}, found ${shard.index}`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`trainingBatches: seed must be a safe integer, found ${seed}`);
  if (variant !== 'fixed' && variant !== 'paper')
    throw new RangeError(`trainingBatches: variant must be 'fixed' or 'paper', found ${JSON.stringify(variant)}`);
  if (dataset.length < 1) throw new RangeError(`trainingBatches: dataset ${dataset.name} ${dataset.split} has no records`);
  checkAugmentation(plan.augmentation);
}
