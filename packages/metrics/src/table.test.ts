import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion-matrix.js';
import { scores } from './scores.js';
import { iouTable } from './table.js';

describe('iouTable', () => {
  it('aligns columns and marks classes that never occur', () => {
    const segmentation = scores(new ConfusionMatrix(3).add([0, 0, 1, 1], [0, 0, 1, 0]));
    const cam = scores(new ConfusionMatrix(3).add([0, 0, 1, 2], [0, 0, 1, 2]));
    expect(iouTable(['background', 'cat', 'dog'], { Segmentation: segmentation, CAM: cam })).toBe(
      [
        'Class       Segmentation    CAM',
        'background          66.7  100.0',
        'cat                 50.0  100.0',
        'dog                    –  100.0',
        'Mean                58.3  100.0',
      ].join('\n'),
    );
  });

  it('refuses a column of another length', () => {
    const two = scores(new ConfusionMatrix(2).add([0], [0]));
    expect(() => iouTable(['background', 'cat', 'dog'], { CAM: two })).toThrow("column 'CAM' has 2 classes, but there are 3 class names");
  });
});
