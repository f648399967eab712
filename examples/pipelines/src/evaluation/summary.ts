import type { CrfSettings } from '@wsss/crf';
import type { SegmentationDataset } from '@wsss/datasets';
import { type ConfusionMatrix, type ConfusionMatrixJSON, iouTable, meanIou, type Scores, scores } from '@wsss/metrics';
import { describeProtocol, type SegmentationProtocol } from '../inference/segmenter.js';
import type { Evaluation } from './evaluate.js';
import type { SegmentationEvaluation } from './final.js';
import type { Scored } from './image-counts.js';

/** What scores are of, beyond data set and split. */
export interface ScoredSubject {
  iteration: number;
  seed: number;
  /** Name of the recipe it was trained by. */
  variant?: 'fixed' | 'paper';
  /** SHA-256 of the checkpoint's file, if one was evaluated. */
  checkpoint?: string;
  /** What computed. */
  engine?: string;
  /** Settings of the dense CRF, if there was one. */
  crf?: CrfSettings;
}

/** Scores of a segmentation with everything needed to know what they are of. */
export interface SegmentationSummary extends ScoredSubject {
  dataset: string;
  split: string;
  images: number;
  /** How the segmentation was made. */
  protocol: SegmentationProtocol;
  /** Class names, background first. */
  classes: string[];
  segmentation: Scores;
  /** Of the segmentation after the dense CRF, if it was asked for. */
  segmentationCrf?: Scores;
  /** Headline numbers by name, in [0, 1]. */
  means: Record<string, number>;
  /** What the scores were computed from; row = ground truth, column = prediction. */
  confusion: Partial<Record<Scored, ConfusionMatrixJSON>>;
}

/** A summary of the protocol used during training, which scores CAMs too. */
export interface EvaluationSummary extends SegmentationSummary {
  /** Side that images were resized to, and scales of the CAMs. */
  size: number;
  scales: readonly number[];
  cam: Scores;
  auxiliaryCam: Scores;
}

export interface Subset {
  name: string;
  /** Class names; background always belongs to it. */
  classes: readonly string[];
}

/** @throws Error when the subset names a class that the dataset lacks. */
export function summarize(
  found: Evaluation,
  dataset: SegmentationDataset,
  about: ScoredSubject & { protocol: SegmentationProtocol; size: number; scales: readonly number[] },
  subset?: Subset,
): EvaluationSummary {
  const { cam, auxiliaryCam, f1 } = found;
  const { means, ...summary } = summarizeSegmentation(found, dataset, about, subset);
  const { segmentation, pixelAccuracy, ...others } = means;
  return {
    ...about,
    ...summary,
    cam: scores(cam),
    auxiliaryCam: scores(auxiliaryCam),
    means: {
      segmentation: segmentation!,
      cam: scores(cam).miou,
      auxiliaryCam: scores(auxiliaryCam).miou,
      pixelAccuracy: pixelAccuracy!,
      f1,
      ...others,
      ...subsetMeans({ cam, auxiliaryCam }, summary.classes, subset),
    },
    confusion: { ...summary.confusion, cam: cam.toJSON(), auxiliaryCam: auxiliaryCam.toJSON() },
  };
}

/** {@link summarize} for an evaluation of the segmentation alone. */
export function summarizeSegmentation(
  { images, segmentation, segmentationCrf }: SegmentationEvaluation,
  { name, split, classes: foreground }: SegmentationDataset,
  about: ScoredSubject & { protocol: SegmentationProtocol },
  subset?: Subset,
): SegmentationSummary {
  const classes = ['background', ...foreground];
  const matrices = { segmentation, ...(segmentationCrf && { segmentationCrf }) };
  return {
    dataset: name,
    split,
    images,
    ...about,
    classes,
    segmentation: scores(segmentation),
    ...(segmentationCrf && { segmentationCrf: scores(segmentationCrf) }),
    means: {
      segmentation: scores(segmentation).miou,
      pixelAccuracy: scores(segmentation).pixelAccuracy,
      ...(segmentationCrf && { segmentationCrf: scores(segmentationCrf).miou }),
      ...subsetMeans(matrices, classes, subset),
    },
    confusion: { segmentation: segmentation.toJSON(), ...(segmentationCrf && { segmentationCrf: segmentationCrf.toJSON() }) },
  };
}

function subsetMeans(
  matrices: Partial<Record<Scored, ConfusionMatrix>>,
  classes: readonly string[],
  subset?: Subset,
): Record<string, number> {
  if (!subset) return {};
  const indices = subsetIndices(subset, classes);
  return Object.fromEntries(Object.entries(matrices).map(([kind, matrix]) => [`${subset.name}.${kind}`, meanIou(matrix, indices)]));
}

/** @throws Error naming the class that does not exist. */
export function subsetIndices({ classes: wanted }: Subset, classes: readonly string[]): number[] {
  return [...new Set(['background', ...wanted])].map(name => {
    const index = classes.indexOf(name);
    if (index < 0) throw new Error(`unknown class ${JSON.stringify(name)}; the classes are ${classes.join(', ')}`);
    return index;
  });
}

/** The table that people read: IoU per class in percent of all that was scored, and what it was measured on. */
export function summaryTable(summary: SegmentationSummary & Partial<EvaluationSummary>, before?: EvaluationSummary): string {
  const { segmentation, segmentationCrf, cam, auxiliaryCam, means, classes } = summary;
  const columns = {
    Segmentation: segmentation,
    ...(segmentationCrf && { 'with CRF': segmentationCrf }),
    ...(cam && { CAM: cam }),
    ...(auxiliaryCam && { 'Auxiliary CAM': auxiliaryCam }),
    ...(before && { 'CAM before training': before.cam }),
  };
  const percent = (value: number) => (100 * value).toFixed(1);
  const subsets = Object.entries(means).filter(([name]) => name.includes('.'));
  const f1 = means.f1 === undefined ? '' : ` · classification F1 ${percent(means.f1)}`;
  return [
    iouTable(classes, columns),
    `pixel accuracy ${percent(segmentation.pixelAccuracy)} · mean accuracy ${percent(segmentation.meanAccuracy)}${f1}`,
    ...(subsets.length ? [subsets.map(([name, value]) => `${name} ${percent(value)}`).join(' · ')] : []),
    describeScores(summary),
  ].join('\n');
}

/** What scores were measured on and how, so that no number stands alone. */
export function describeScores(summary: SegmentationSummary & Partial<EvaluationSummary>): string {
  const { dataset, split, images, protocol, scales, crf, iteration, seed, variant, checkpoint } = summary;
  return [
    `${dataset} ${split}, ${images} images · ${describeProtocol(protocol)}`,
    ...(scales ? [`CAM scales ${scales.join(', ')} (sum), mirror image (maximum)`] : []),
    crf ? describeCrf(crf) : 'no CRF',
    [
      `after ${iteration} iterations`,
      ...(variant ? [`variant ${variant}`] : []),
      `seed ${seed}`,
      ...(checkpoint ? [`checkpoint ${checkpoint.slice(0, 12)}`] : []),
    ].join(', '),
  ].join(' · ');
}

/** Says what a dense CRF was told. */
export function describeCrf({ gaussian, bilateral, iterations, phantomPoints }: CrfSettings): string {
  const terms = [
    gaussian && `σxy ${gaussian.sigmaXy} weight ${gaussian.compatibility}`,
    bilateral && `σxy ${bilateral.sigmaXy} σrgb ${bilateral.sigmaRgb} weight ${bilateral.compatibility}`,
  ].filter(Boolean);
  return `CRF ${terms.join(', ')}, ${iterations} iterations${phantomPoints ? ', phantom points' : ''}`;
}
