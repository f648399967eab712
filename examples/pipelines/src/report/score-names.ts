import type { Scored } from '../evaluation/image-counts.js';

/** The label maps that every evaluation during training scores. */
export const scoredMaps = ['segmentation', 'cam', 'auxiliaryCam'] as const;

/** What pages call the label maps that are scored. */
export const mapNames: Record<Scored, string> = {
  segmentation: 'segmentation',
  cam: 'CAM',
  auxiliaryCam: 'auxiliary CAM',
  segmentationCrf: 'with CRF',
};

const names: Record<string, string> = {
  segmentation: 'segmentation mIoU',
  segmentationCrf: 'with CRF',
  cam: 'CAM mIoU',
  auxiliaryCam: 'auxiliary CAM mIoU',
  pixelAccuracy: 'pixel accuracy',
  f1: 'classification F1',
};

/** What pages call a headline score of an evaluation; `subset.cam` is `subset: CAM mIoU`. */
export function scoreName(score: string): string {
  const [kind, subset] = score.split('.').reverse() as [string, string?];
  return `${subset ? `${subset}: ` : ''}${names[kind] ?? kind}`;
}
