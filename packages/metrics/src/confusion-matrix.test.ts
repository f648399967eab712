import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion-matrix.js';

describe('ConfusionMatrix', () => {
  it('counts truth in rows and prediction in columns', () => {
    const matrix = new ConfusionMatrix(3).add([0, 1, 2, 1, 1], [0, 1, 1, 2, 1]);
    expect(Array.from(matrix.counts)).toEqual([1, 0, 0, 0, 2, 1, 0, 1, 0]);
  });

  it('leaves out pixels without a true class, whatever is predicted there', () => {
    const matrix = new ConfusionMatrix(2).add(Uint8Array.of(0, 99, 255, 1), Int32Array.of(0, 255, -1, 1));
    expect(Array.from(matrix.counts)).toEqual([1, 0, 0, 1]);
  });

  it('leaves out undecided predictions when asked to', () => {
    const matrix = new ConfusionMatrix(2).add([255, 1], [0, 1], { ignorePrediction: 255 });
    expect(Array.from(matrix.counts)).toEqual([0, 0, 0, 1]);
  });

  it('merges to what counting everything in one gives', () => {
    const first = new ConfusionMatrix(3).add([0, 2], [1, 2]);
    const second = new ConfusionMatrix(3).add([1, 1], [0, 1]);
    const both = new ConfusionMatrix(3).add([0, 2, 1, 1], [1, 2, 0, 1]);
    expect(first.merge(second).counts).toEqual(both.counts);
  });

  it('survives JSON', () => {
    const matrix = new ConfusionMatrix(2).add([0, 1, 1], [0, 1, 0]);
    const restored = ConfusionMatrix.fromJSON(JSON.parse(JSON.stringify(matrix)));
    expect(restored).toEqual(matrix);
  });

  it('refuses a prediction that is not a class, and counts nothing of that call', () => {
    const matrix = new ConfusionMatrix(2);
    expect(() => matrix.add([0, 255], [0, 1])).toThrow('prediction at pixel 1 is 255, expected an integer in 0..1');
    expect(() => matrix.add([0.5], [0])).toThrow('is 0.5');
    expect(Array.from(matrix.counts)).toEqual([0, 0, 0, 0]);
  });

  it('refuses what does not fit', () => {
    expect(() => new ConfusionMatrix(0)).toThrow('numClasses is 0');
    expect(() => new ConfusionMatrix(2).add([0], [0, 1])).toThrow('1 predictions for 2 ground-truth pixels');
    expect(() => new ConfusionMatrix(2).merge(new ConfusionMatrix(3))).toThrow('the other matrix has 3 classes, this one 2');
    expect(() => ConfusionMatrix.fromJSON({ numClasses: 2, counts: [1, 2, 3] })).toThrow('must be 4 non-negative numbers');
    expect(() => ConfusionMatrix.fromJSON({ numClasses: 1, counts: [Number.NaN] })).toThrow('non-negative');
  });
});
