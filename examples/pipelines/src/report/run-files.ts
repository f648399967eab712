import { z } from 'zod';

// What the files of a run's folder must hold for a report to be made of them. They may hold more, and null where a number was NaN.

const count = z.int().min(0).max(1e9);
const value = z.number().nullable();
const scores = z.looseObject({ iou: z.array(value).optional(), miou: value.optional() });
const confusion = z.looseObject({ numClasses: z.int().min(1).max(256), counts: z.array(z.number()).max(65_536) });
const summary = z.looseObject({
  dataset: z.string(),
  split: z.string(),
  images: count,
  iteration: count,
  classes: z.array(z.string()).max(256),
  segmentation: scores,
  cam: scores.optional(),
  auxiliaryCam: scores.optional(),
  segmentationCrf: scores.optional(),
  means: z.record(z.string(), value),
  confusion: z.looseObject({ segmentation: confusion }),
  protocol: z.looseObject({ scales: z.array(z.number()).min(1) }).optional(),
});

export const evaluationFile = z.looseObject({ before: summary.partial().optional(), evaluation: summary.optional() });

const miou = z.record(z.string(), value);
export const imageScoresFile = z.looseObject({ iteration: count, images: z.array(z.looseObject({ index: count, id: z.string(), miou })) });

/** Pictures lie in the folder of examples, and nowhere else. */
const picture = z.string().regex(/^examples[/\\][\w-]+\.jpg$/);
export const examplesFile = z.array(
  z.looseObject({
    index: count,
    id: z.string(),
    kind: z.enum(['typical', 'best', 'worst']),
    labels: z.array(z.int().min(0).max(255)),
    miou,
    positiveView: z.boolean(),
    panels: z.record(z.string(), picture),
  }),
);

const split = z.looseObject({ split: z.string(), images: count });
export const environmentFile = z.array(
  z.looseObject({
    started: z.string(),
    from: count,
    command: z.string(),
    dataset: z.string(),
    training: split,
    validation: split,
    trainableValues: z.number(),
    engine: z.looseObject({ version: z.string(), threads: count }),
    machine: z.looseObject({ host: z.string(), system: z.string(), processor: z.string(), cores: count, memoryGiB: z.number() }),
    node: z.string(),
  }),
);

const sizes = z.looseObject({ embedSize: z.number(), depth: z.number(), patchSize: z.number() });
export const recipeFile = z.looseObject({
  variant: z.string(),
  backbone: z.union([z.string(), sizes]),
  crop: count,
  batch: count,
  accumulate: count,
  iterations: count,
  seed: z.number(),
});

export const logLine = z.looseObject({ time: z.string(), kind: z.string(), step: count, values: z.record(z.string(), value) });
