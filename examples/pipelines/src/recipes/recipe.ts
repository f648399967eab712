import type { AugmentationSettings } from '@wsss/datasets';
import { z } from 'zod';

// A page may forbid code from text, which zod would make for speed.
z.config({ jitless: true });

const count = (most: number) => z.int().min(1).max(most);
const whole = z.int().min(0).max(1e9);
const positive = z.number().positive();
const atLeast0 = z.number().min(0);
const share = z.number().min(0).max(1);
const list = (most: number) => z.array(positive.max(most)).min(1).max(64);
/** An iteration, counted from 0; −1: before the first. */
const iteration = z.int().min(-1).max(1e9);

const backbone = z.strictObject({
  imageSize: count(16_384),
  patchSize: count(1024),
  embedSize: count(16_384),
  depth: count(256),
  heads: count(256),
  mlpRatio: positive.max(64).optional(),
  epsilon: atLeast0.optional(),
  auxiliaryBlock: z.int().optional(),
  layerScale: z.boolean().optional(),
  registers: whole.max(1024).optional(),
  positionResizing: z.enum(['bicubic', 'offset', 'antialiased']).optional(),
});
const channels = z.array(z.number()).length(3);

const range = z.tuple([positive.max(1000), positive.max(1000)]).readonly();
const view = {
  mirror: share.describe('probability that the view is mirrored; `local`: in `paper` only'),
  jitter: z.strictObject({
    probability: share.describe('of color jitter'),
    brightness: atLeast0.describe('factor drawn from 1 ± this'),
    contrast: atLeast0.describe('factor drawn from 1 ± this'),
    saturation: atLeast0.describe('factor drawn from 1 ± this'),
    hue: z.number().min(0).max(0.5).describe('turn drawn from ± this; 1 is a full turn, at most 0.5'),
  }),
  grayscale: z.strictObject({ probability: share.describe('of grayscale') }),
  blur: z.strictObject({
    probability: share.describe('of Gaussian blur'),
    radius: range.describe('range of its standard deviation, pixels'),
  }),
  solarize: z.strictObject({
    probability: share.describe('of solarization; 0 for the other views'),
    threshold: z.number().min(0).max(256).describe('levels from this one on are inverted'),
  }),
};
const augmentation = z.strictObject({
  scale: range.describe('range of the factor that scales the picture before it is cropped'),
  mirror: share.describe('probability that the picture is mirrored before it is cropped'),
  view1: z.strictObject(view),
  view2: z.strictObject({
    ...view,
    resizedCrop: z.strictObject({
      area: range.describe("range of the crop's share of the picture's area"),
      aspect: range.describe('range of width / height'),
    }),
  }),
  local: z.strictObject(view),
}) satisfies z.ZodType<AugmentationSettings>;

/**
 * Everything that a training run can be told, and what each value may be. Types, checks and the tables of docs/recipes.md follow from
 * here; `checkRecipe` knows what values must have to do with one another. Iterations are counted from 0.
 */
export const recipeSchema = z.strictObject({
  variant: z.enum(['fixed', 'paper']).describe('see above'),
  backbone: z.union([z.string(), backbone], 'the name of a backbone, or its sizes').describe('a known backbone, or sizes of your own'),
  normalization: z
    .strictObject({ mean: channels, std: channels })
    .nullable()
    .describe('mean and std of the images; `null`: what the backbone was trained with'),
  crop: count(16_384).describe('side of the training crops, pixels; a multiple of the patch size'),
  batch: count(65_536).describe('images an iteration and accumulation step'),
  accumulate: count(65_536).describe('batches whose gradients are averaged before an update'),
  iterations: count(1e9).describe('updates'),
  seed: z.int().min(0).describe('of everything random; an integer ≥ 0'),
  recompute: z.boolean().describe("compute the encoder's blocks again in the backward pass of views 1 and 2"),
  precision: z.enum(['float32', 'bfloat16']).describe('of the matrix products in training'),
  optimizer: z.strictObject({
    learningRate: atLeast0.describe('of the encoder'),
    headLearningRate: atLeast0.describe('of classifiers and decoder'),
    projectorLearningRate: atLeast0.nullable().describe('of the projector; `null`: that of the heads'),
    weightDecay: atLeast0.describe('decoupled'),
    beta1: share.describe('decay of the mean of the gradients'),
    beta2: share.describe('decay of the mean of their squares'),
    warmupIterations: whole.nullable().describe('length W of the warm-up, iterations; `null`: 7.5 % of the run'),
    warmupRatio: atLeast0.describe('factor on the rates at iteration 0'),
    power: atLeast0.describe('exponent of the decay (1 − t/T)^power after the warm-up, T = `iterations`'),
    clipNorm: positive.nullable().describe('norm that all gradients are scaled down to; `null`: as they are'),
    skipAtMost: whole.describe('iterations in a row that may be left out'),
  }),
  schedule: z.strictObject({
    classificationUntil: iteration.nullable().describe('up to this iteration the classifications are all that is learned'),
    segmentationAfter: iteration.nullable().describe('segmentation and dense energy join the loss after this iteration'),
    mainCamForMasksAfter: iteration.nullable().describe('flags of local views come from the main CAM after this iteration'),
    mainCamForLabelsAfter: iteration.nullable().describe('refined labels come from the main CAM after this iteration'),
  }),
  weights: z.strictObject({
    classification: atLeast0.describe('multilabel soft margin of the main head'),
    auxiliary: atLeast0.describe('the same of the auxiliary head'),
    classToken: atLeast0.describe(
      'the same of the class token, whose classifier then names the classes of images and teaches the encoder nothing',
    ),
    affinity: atLeast0.describe('affinity of patch tokens'),
    contrast: atLeast0.describe('MCC, or the contrast that `contrast.views` chooses'),
    segmentation: atLeast0.describe("cross-entropy of the decoder's prediction against refined labels"),
    denseEnergy: atLeast0.describe('dense energy'),
  }),
  cam: z.strictObject({
    scales: list(64).describe('scales of the multi-scale CAM, in training and in evaluation'),
    low: share.describe('CAM values up to this are background; 0..1'),
    high: share.describe('CAM values above this are the class, between the two ignored; 0..1'),
    highAtEnd: share.nullable().describe('what `high` falls to along half a cosine (DuPL); `null`: it stays'),
    mixtureOf: count(100_000)
      .nullable()
      .describe('last images whose CAM values say what `low` and `high` are, by two Gaussians (CoSA); `null`: as set'),
    background: share.describe('one threshold for evaluating CAMs: values up to this are background'),
  }),
  slowTeacher: z.strictObject({
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .nullable()
      .describe('of a slow copy of the network, whose segmentation gives the labels of every other iteration (CoSA); `null`: none'),
    certainty: share.describe('least probability of its labels; pixels below are ignored'),
  }),
  masks: z.strictObject({
    count: count(1024).describe('local views an image'),
    ratio: share.describe('probability that a cell is hidden'),
    cell: count(1024).nullable().describe('side of a cell, patches; `null`: a seventh of the crop, so that there are 7×7 cells'),
    positiveRatio: atLeast0.describe('mean importance above which a local view is positive'),
  }),
  contrast: z.strictObject({
    views: z.enum(['masked', 'crops']).describe('local views: `"masked"` (MCC) or small `"crops"` (ToCo)'),
    temperature: positive.describe('divides the dot products'),
    epsilon: positive.describe('added to sums of exponentials and to the number of positive views'),
    momentum: share.describe('m of the teacher: θ′ ← m·θ′ + (1 − m)·θ before every iteration'),
  }),
  artifacts: z.strictObject({
    remedy: z
      .enum(['none', 'layerNorm', 'leaveOut', 'register'])
      .nullable()
      .describe('what is done about artifact tokens; `null`: chosen where there are some, nothing in `paper`'),
    ratio: positive.describe('a token is one if its norm is more than this times the median of its image'),
    neurons: z
      .array(z.array(whole))
      .max(1024)
      .describe('of each block, the neurons that are moved to a register token; with `"register"` a run finds them when it starts'),
  }),
  crops: z.strictObject({
    count: count(1024).describe('small crops an image, where `contrast.views` is `"crops"`'),
    size: count(16_384).nullable().describe('their side in pixels; `null`: 96/448 of the crop, in whole patches'),
    positiveRatio: atLeast0.describe('a crop whose mean importance is less is negative'),
  }),
  classifiers: z.strictObject({
    initialScale: atLeast0.describe('factor on the first values of the classifiers; 0: all classes start alike, at 0'),
    positiveWeight: positive.describe("what a class that is there counts for in the class token's loss; one that is not counts for 1"),
  }),
  projector: z.strictObject({
    hiddenSize: count(65_536).describe("hidden size of the projector's MLP"),
    bottleneckSize: count(65_536).describe('its output, which is normalized'),
    outputSize: count(65_536).describe('size of what is contrasted'),
  }),
  decoder: z.strictObject({
    hiddenSize: count(65_536).describe('channels of the LargeFOV decoder'),
    dilation: count(1024).describe('dilation of its 3×3 convolutions, patches'),
  }),
  par: z.strictObject({
    dilations: list(16_384).describe('distances of the neighbors, pixels at the reduced size; eight at each'),
    iterations: whole.max(1000).describe('rounds of weighted sums'),
    width: positive.describe('width of the kernels, in standard deviations of the neighbors'),
    positionWeight: atLeast0.describe('weight of the position kernel beside the color kernel'),
    downScale: z.number().min(0.25).max(64).describe('factor by which PAR works smaller than the crop'),
  }),
  denseEnergy: z.strictObject({
    sigmaColor: positive.describe("width of the dense energy's Gaussian in color, levels of 0..255"),
    sigmaPosition: positive.describe('its width in position, pixels of the crop'),
    scale: positive.max(1).describe('size at which it is computed, as a share of the crop; above 0, at most 1'),
    weight: atLeast0.describe('factor inside the dense energy'),
  }),
  augmentation,
  evaluation: z.strictObject({
    size: count(16_384).nullable().describe('side of the square that images are resized to, pixels; `null`: the crop'),
    every: count(1e9).nullable().describe('iterations between evaluations; `null`: only at the end'),
    before: z.boolean().describe('score the network as it was before training too'),
    batch: count(65_536).describe('images evaluated together'),
  }),
  log: z.strictObject({
    every: count(1e9).describe('iterations between log records, which hold means over them'),
    checkpointEvery: count(1e9).nullable().describe('iterations between checkpoints; `null`: ten times a run'),
    keepCheckpoints: count(1000).describe('how many of the newest checkpoints are kept, beside the best'),
  }),
});

/** Everything that a training run can be told; written to its folder. */
export type Recipe = z.infer<typeof recipeSchema>;

/** A loss that the total is a weighted sum of. All there are have a weight. */
export type LossName = keyof Recipe['weights'];
