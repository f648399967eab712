import type { SegmentationDataset } from '@wsss/datasets';
import { iouTable, meanIou, type Scores, scores } from '@wsss/metrics';
import type { Evaluation } from './evaluate.js';

/** An evaluation's scores with everything needed to know what they are of. */
export interface EvaluationSummary {
  dataset: string;
  split: string;
  images: number;
  iteration: number;
  /** Side that images were resized to, and scales of the CAMs. */
  size: number;
  scales: readonly number[];
  seed: number;
  /** SHA-256 of the checkpoint's file, if one was evaluated. */
  checkpoint?: string;
  /** Class names, background first. */
  classes: string[];
  segmentation: Scores;
  cam: Scores;
  auxiliaryCam: Scores;
  /** Of the segmentation after the dense CRF, if it was asked for. */
  refined?: Scores;
  /** Headline numbers by name, in [0, 1]. */
  means: Record<string, number>;
}

export interface Subset {
  name: string;
  /** Class names; background always belongs to it. */
  classes: readonly string[];
}

/** @throws Error when the subset names a class that the dataset lacks. */
export function summarise(
  found: Evaluation,
  dataset: SegmentationDataset,
  about: { iteration: number; size: number; scales: readonly number[]; seed: number; checkpoint?: string },
  subset?: Subset,
): EvaluationSummary {
  const classes = ['background', ...dataset.classes];
  const all = { segmentation: scores(found.segmentation), cam: scores(found.cam), auxiliaryCam: scores(found.auxiliaryCam) };
  const means: Record<string, number> = {
    segmentation: all.segmentation.miou,
    cam: all.cam.miou,
    auxiliaryCam: all.auxiliaryCam.miou,
    pixelAccuracy: all.segmentation.pixelAccuracy,
    f1: found.f1,
  };
  if (subset) {
    const indices = subsetIndices(subset, classes);
    for (const kind of ['segmentation', 'cam', 'auxiliaryCam', 'refined'] as const)
      if (found[kind]) means[`${subset.name}.${kind}`] = meanIou(found[kind], indices);
  }
  const refined = found.refined && scores(found.refined);
  if (refined) means.refined = refined.miou;
  return { refined, dataset: dataset.name, split: dataset.split, images: found.images, ...about, classes, ...all, means };
}

/** @throws Error naming the class that does not exist. */
export function subsetIndices({ classes: wanted }: Subset, classes: readonly string[]): number[] {
  return [...new Set(['background', ...wanted])].map(name => {
    const index = classes.indexOf(name);
    if (index < 0) throw new Error(`unknown class ${JSON.stringify(name)}; the classes are ${classes.join(', ')}`);
    return index;
  });
}

/** The table that people read: IoU per class in percent for segmentation and CAMs, and what it was measured on. */
export function summaryTable(summary: EvaluationSummary, before?: EvaluationSummary): string {
  const columns = {
    Segmentation: summary.segmentation,
    ...(summary.refined && { 'with CRF': summary.refined }),
    CAM: summary.cam,
    'Auxiliary CAM': summary.auxiliaryCam,
    ...(before && { 'CAM before training': before.cam }),
  };
  const percent = (value: number) => (100 * value).toFixed(1);
  const { segmentation, means, images, dataset, split, size, scales, iteration } = summary;
  const subsets = Object.entries(means).filter(([name]) => name.includes('.'));
  return [
    iouTable(summary.classes, columns),
    `pixel accuracy ${percent(segmentation.pixelAccuracy)} · mean accuracy ${percent(segmentation.meanAccuracy)} · classification F1 ${percent(means.f1!)}`,
    ...(subsets.length ? [subsets.map(([name, value]) => `${name} ${percent(value)}`).join(' · ')] : []),
    `${dataset} ${split}, ${images} images at ${size}², CAM scales ${scales.join(', ')}, after ${iteration} iterations, seed ${summary.seed}${summary.checkpoint ? `, checkpoint ${summary.checkpoint.slice(0, 12)}` : ''}`,
  ].join('\n');
}
