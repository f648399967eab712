import type { CrfSettings } from '@wsss/crf';
import type { SegmentationDataset } from '@wsss/datasets';
import { type ConfusionMatrix, type ConfusionMatrixJSON, iouTable, meanIou, type Scores, scores } from '@wsss/metrics';
import { describeProtocol, type SegmentationProtocol } from '../inference/segmenter.js';
import { percent } from '../report/charts.js';
import { addUp, type ImageCounts, type Scored } from './image-counts.js';

/** What scores are of, beyond data set and split: a network, and how it was run. */
interface ScoredSubject {
  iteration: number;
  seed: number;
  /** Variant of the recipe that it was trained by. */
  variant: 'fixed' | 'paper';
  /** SHA-256 of the checkpoint's file, if one was evaluated. */
  checkpoint?: string;
  /** What computed. */
  engine: string;
  /** Settings of the dense CRF, if there was one. */
  crf?: CrfSettings;
  /** How the segmentation was made. */
  protocol: SegmentationProtocol;
  /** Side that images were resized to, and scales of the CAMs, if those were scored. */
  size?: number;
  scales?: readonly number[];
}

/** Scores of a segmentation, and of whatever else was scored, with everything needed to know what they are of. */
interface SegmentationSummary extends ScoredSubject, Partial<Record<Scored, Scores>> {
  dataset: string;
  split: string;
  images: number;
  /** Class names, background first. */
  classes: string[];
  segmentation: Scores;
  /** Headline numbers by name, in [0, 1]. */
  means: Record<string, number>;
  /** What the scores were computed from; row = ground truth, column = prediction. */
  confusion: Partial<Record<Scored, ConfusionMatrixJSON>>;
}

/** A summary of the protocol used during training, which scores CAMs too. */
export type EvaluationSummary = SegmentationSummary & Required<Pick<SegmentationSummary, 'size' | 'scales' | 'cam' | 'auxiliaryCam'>>;

/**
 * Adds up what was counted: of the segmentation, of it after a CRF if there was one, and of the CAMs if their scales are given.
 *
 * @param meanOver Classes whose mean IoU with background is reported too, as `subset.segmentation`, …
 * @throws Error when the dataset lacks one of them.
 */
export function summarize(
  counted: readonly ImageCounts[],
  { name, split, classes: foreground }: SegmentationDataset,
  subject: ScoredSubject,
  meanOver?: readonly string[],
): SegmentationSummary {
  const classes = ['background', ...foreground];
  const kinds: Scored[] = ['segmentation'];
  if (subject.crf) kinds.push('segmentationCrf');
  if (subject.scales) kinds.push('cam', 'auxiliaryCam');
  const { images, matrices, f1 } = addUp(counted, kinds, classes.length);
  const ofEach = <T>(of: (matrix: ConfusionMatrix) => T) =>
    Object.fromEntries(kinds.map(kind => [kind, of(matrices[kind])])) as Record<Scored, T>;
  const scored = ofEach(scores);
  const { segmentationCrf, ...mious } = ofEach(matrix => scores(matrix).miou);
  const labels = subsetLabels(meanOver, foreground);
  return {
    dataset: name,
    split,
    images,
    ...subject,
    classes,
    ...scored,
    means: {
      ...mious,
      pixelAccuracy: scored.segmentation.pixelAccuracy,
      ...(Number.isFinite(f1) && { f1 }),
      ...(subject.crf && { segmentationCrf }),
      ...(labels && Object.fromEntries(kinds.map(kind => [`subset.${kind}`, meanIou(matrices[kind], labels)]))),
    },
    confusion: ofEach(matrix => matrix.toJSON()),
  };
}

/** Labels of background and of some classes. @throws Error naming a class that is not in the foreground. */
export function subsetLabels(wanted: readonly string[] | undefined, foreground: readonly string[]): number[] | undefined {
  const classes = ['background', ...foreground];
  const unknown = wanted?.find(name => !classes.includes(name));
  if (unknown !== undefined) throw new Error(`unknown class ${JSON.stringify(unknown)}; the classes are ${classes.join(', ')}`);
  return wanted && [...new Set(['background', ...wanted])].map(name => classes.indexOf(name));
}

/** The table that people read: IoU per class in percent of all that was scored, and what it was measured on. */
export function summaryTable(summary: SegmentationSummary, before?: EvaluationSummary): string {
  const { segmentation, segmentationCrf, cam, auxiliaryCam, means, classes } = summary;
  const columns = {
    Segmentation: segmentation,
    ...(segmentationCrf && { 'with CRF': segmentationCrf }),
    ...(cam && { CAM: cam }),
    ...(auxiliaryCam && { 'Auxiliary CAM': auxiliaryCam }),
    ...(before && { 'CAM before training': before.cam }),
  };
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
export function describeScores(summary: SegmentationSummary): string {
  const { dataset, split, images, protocol, scales, crf } = summary;
  return [
    `${dataset} ${split}, ${images} images · ${describeProtocol(protocol)}`,
    ...(scales ? [describeCamScales(scales)] : []),
    describeCrf(crf),
    describeNetwork(summary),
  ].join(' · ');
}

/** Says how multi-scale class activation maps were made. */
export const describeCamScales = (scales: readonly number[]) => `CAM scales ${scales.join(', ')} (sum), mirror image (maximum)`;

/** Says which network it was. */
export function describeNetwork(of: Pick<ScoredSubject, 'iteration' | 'variant' | 'seed' | 'checkpoint'>): string {
  const checkpoint = of.checkpoint ? `, checkpoint ${of.checkpoint.slice(0, 12)}` : '';
  return `after ${of.iteration} iterations, variant ${of.variant}, seed ${of.seed}${checkpoint}`;
}

/** Says what a dense CRF was told, if there was one. */
export function describeCrf(crf: CrfSettings | undefined): string {
  if (!crf) return 'no CRF';
  const { gaussian, bilateral, iterations, phantomPoints } = crf;
  const terms = [
    gaussian && `σxy ${gaussian.sigmaXy} weight ${gaussian.compatibility}`,
    bilateral && `σxy ${bilateral.sigmaXy} σrgb ${bilateral.sigmaRgb} weight ${bilateral.compatibility}`,
  ].filter(Boolean);
  return `CRF ${terms.join(', ')}, ${iterations} iterations${phantomPoints ? ', phantom points' : ''}`;
}
