import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion-matrix.js';
import { multilabelF1 } from './multilabel-f1.js';
import { meanIou, scores } from './scores.js';

describe('scores', () => {
  it('agree with a sum by hand', () => {
    const result = scores(new ConfusionMatrix(2).add([0, 1, 1, 0], [0, 1, 0, 0]));
    expect(result.iou).toEqual([2 / 3, 1 / 2]);
    expect(result.pixelAccuracy).toBe(3 / 4);
    expect(result.meanAccuracy).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(result.miou).toBeCloseTo(7 / 12, 12);
    expect(result.miouAllClasses).toBeCloseTo(7 / 12, 12);
  });

  it('count a class that is predicted but never true as IoU 0 outside the mean', () => {
    const result = scores(new ConfusionMatrix(2).add([0, 1], [0, 0]));
    expect(result.iou).toEqual([1 / 2, 0]);
    expect(result.miou).toBe(1 / 2);
    expect(result.miouAllClasses).toBe(1 / 4);
    expect(result.meanAccuracy).toBe(1 / 2);
  });

  it('are NaN where nothing was counted', () => {
    const result = scores(new ConfusionMatrix(2));
    expect(result).toEqual({ pixelAccuracy: NaN, meanAccuracy: NaN, iou: [NaN, NaN], miou: NaN, miouAllClasses: NaN });
  });

  it('average over a subset of the classes', () => {
    const matrix = new ConfusionMatrix(4).add([0, 1, 2, 2], [0, 1, 1, 2]);
    expect(meanIou(matrix, [1, 2])).toBe(1 / 2);
    expect(meanIou(matrix, [1, 2, 3])).toBe(1 / 2);
    expect(meanIou(matrix, [3])).toBeNaN();
    expect(meanIou(matrix, [0, 1, 2, 3])).toBe(scores(matrix).miou);
    expect(() => meanIou(matrix, [4])).toThrow('class index 4 is not in 0..3');
  });
});

describe('recorded numbers', () => {
  const { values, tensors } = readRecorded();

  it('the confusion matrix is the same', () => {
    const matrix = new ConfusionMatrix(7).add(tensors('pred'), tensors('gt'));
    expect(Array.from(matrix.counts)).toEqual(Array.from(tensors('hist')));
  });

  it.each([
    ['scores', 'pred', {}],
    ['pseudo_scores', 'pseudo_pred', { ignorePrediction: 255 }],
  ] as const)('%s agree to 12 digits', (name, prediction, options) => {
    const expected = values[name];
    const result = scores(new ConfusionMatrix(7).add(tensors(prediction), tensors('gt'), options));
    expect(result.pixelAccuracy).toBeCloseTo(expected.pAcc, 12);
    expect(result.meanAccuracy).toBeCloseTo(expected.mAcc, 12);
    expect(result.miou).toBeCloseTo(expected.miou, 12);
    result.iou.forEach((iou, c) => {
      const recorded = Number(expected.iou[c]);
      Number.isNaN(recorded) ? expect(iou).toBeNaN() : expect(iou).toBeCloseTo(recorded, 12);
    });
    expect(result.miouAllClasses).toBeNaN();
  });

  it('multilabel F1 agrees to 12 digits', () => {
    for (const { y_pred, y_true, f1 } of values.multilabel_score) expect(multilabelF1(y_pred, y_true)).toBeCloseTo(f1, 12);
  });
});

interface RecordedScores {
  pAcc: number;
  mAcc: number;
  miou: number;
  iou: Record<string, number | 'NaN'>;
}

// This package takes no tensors and depends on nothing, so its test reads the one safetensors file of int32 maps itself.
function readRecorded() {
  const path = new URL('../../../fixtures/golden/evaluate', import.meta.url).pathname;
  const { values } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as {
    values: {
      scores: RecordedScores;
      pseudo_scores: RecordedScores;
      multilabel_score: { y_true: number[]; y_pred: number[]; f1: number }[];
    };
  };
  const bytes = readFileSync(`${path}.safetensors`);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>;
  const tensors = (name: string) => {
    const [from, to] = header[name]!.data_offsets;
    return Int32Array.from({ length: (to - from) / 4 }, (_, i) => bytes.readInt32LE(start + from + 4 * i));
  };
  return { values, tensors };
}
