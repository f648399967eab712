import { readCase } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import type { Compatibility } from './compatibility.js';
import { DenseCrf } from './dense-crf.js';
import type { Normalization } from './pairwise-term.js';
import { engine, engines, largestDifference, withCrf } from './test/crf.js';

describe('DenseCrf by hand', () => {
  it('starts from the softmax of the negative energies', () => {
    withCrf({ width: 2, height: 1, labels: 2 }, crf => {
      crf.setEnergies(Float32Array.of(0, Math.log(3), 5, 5));
      expect(largestDifference(crf.infer(0), [0.75, 0.25, 0.5, 0.5])).toBeLessThan(1e-6);
      expect(Array.from(crf.labeling())).toEqual([0, 0]);
    });
  });

  it('clips probabilities from below', () => {
    withCrf({ width: 1, height: 1, labels: 2 }, crf => {
      crf.setProbabilities(Float32Array.of(0, 1));
      expect(crf.infer(0)[0]).toBeCloseTo(1e-5 / (1 + 1e-5), 9);
      crf.setProbabilities(Float32Array.of(0, 1), { clip: 0.25 });
      expect(crf.infer(0)[0]).toBeCloseTo(0.2, 6);
      crf.setProbabilities(Float32Array.of(0, 1), { scale: 0.5 });
      expect(crf.infer(0)[0]).toBeCloseTo(0.25, 6);
    });
  });

  it('takes labels with a confidence', () => {
    withCrf({ width: 3, height: 1, labels: 3 }, crf => {
      crf.setLabels([2, 0, 255], { confidence: 0.8 });
      expect(largestDifference(crf.infer(0), [0.1, 0.1, 0.8, 0.8, 0.1, 0.1, 1 / 3, 1 / 3, 1 / 3])).toBeLessThan(1e-6);
    });
  });

  it('updates one pixel as the formula says', () => {
    // D^-½ K D^-½ of one pixel is 1: its message is its own probability.
    const update = (compatibility: Compatibility) =>
      withCrf({ width: 1, height: 1, labels: 2 }, crf => {
        crf.setEnergies(Float32Array.of(0, Math.log(3)));
        crf.addGaussian({ sigmaXy: 1, compatibility });
        return crf.infer(1);
      });
    const softmax = (a: number, b: number) => [Math.exp(a) / (Math.exp(a) + Math.exp(b)), Math.exp(b) / (Math.exp(a) + Math.exp(b))];
    expect(largestDifference(update(2), softmax(2 * 0.75, 2 * 0.25 - Math.log(3)))).toBeLessThan(1e-6);
    expect(largestDifference(update([2, 5]), softmax(2 * 0.75, 5 * 0.25 - Math.log(3)))).toBeLessThan(1e-6);
    expect(largestDifference(update({ matrix: [0, 1, 3, 0.5] }), softmax(-2 * 0.25, -2 * 0.75 - 0.5 * 0.25 - Math.log(3)))).toBeLessThan(
      1e-6,
    );
  });
});

describe('DenseCrf against recorded numbers', () => {
  const { tensors, settings } = readCase('densecrf');

  function recorded(prefix: string) {
    const { shape, data } = tensors.get(`${prefix}prob`)!;
    const [labels, height, width] = shape as [number, number, number];
    const interleave = (planes: ArrayLike<number>) =>
      Float32Array.from({ length: planes.length }, (_, i) => planes[(i % labels) * width * height + Math.floor(i / labels)]!);
    const image = tensors.get(`${prefix}image`)!.data as Uint8Array;
    return {
      labels,
      height,
      width,
      image,
      probabilities: interleave(data),
      expected: (name: string) => interleave(tensors.get(name)!.data),
    };
  }

  function addTerms(crf: DenseCrf, image: Uint8Array, setting: string): void {
    const s = settings[setting];
    if (s) {
      crf.addGaussian({ sigmaXy: s.gauss_sxy, compatibility: s.gauss_compat });
      crf.addBilateral(image, { sigmaXy: s.bi_sxy, sigmaRgb: s.bi_srgb, compatibility: s.bi_compat });
    } else {
      crf.addGaussian({ sigmaXy: settings.pos_xy_std, compatibility: settings.pos_w });
      crf.addBilateral(image, { sigmaXy: settings.bi_xy_std, sigmaRgb: settings.bi_rgb_std, compatibility: settings.bi_w });
    }
  }

  const cases = [
    ['', 'voc', 0, 'Q_voc_iter0'],
    ['', 'voc', 1, 'Q_voc_iter1'],
    ['', 'voc', 2, 'Q_voc_iter2'],
    ['', 'voc', 10, 'Q_voc'],
    ['', 'crf_inference', 10, 'Q_default'],
    ['mod1.', 'voc', 10, 'mod1.Q_voc'],
    ['mod1.', 'crf_inference', 10, 'mod1.Q_default'],
    ['mod3.', 'voc', 10, 'mod3.Q_voc'],
    ['mod3.', 'crf_inference', 10, 'mod3.Q_default'],
  ] as const;
  for (const [name, on] of Object.entries(engines)) {
    it.each(cases)(`${name}: %s%s after %i iterations`, (prefix, setting, iterations, output) => {
      const { labels, height, width, image, probabilities, expected } = recorded(prefix);
      withCrf(
        { width, height, labels, phantomPoints: true },
        crf => {
          crf.setProbabilities(probabilities);
          addTerms(crf, image, setting);
          expect(largestDifference(crf.infer(iterations), expected(output))).toBeLessThan(1e-4);
        },
        on,
      );
    });
  }

  it('refines labels', () => {
    const { labels, height, width, image, probabilities } = recorded('');
    withCrf({ width, height, labels, phantomPoints: true }, crf => {
      crf.setProbabilities(probabilities);
      crf.start();
      crf.setLabels(crf.labeling(), { confidence: settings.crf_inference_label.gt_prob });
      addTerms(crf, image, 'crf_inference_label');
      crf.infer(10);
      expect(crf.labeling()).toEqual(tensors.get('label_crf')!.data);
    });
  });
});

describe('DenseCrf refuses', () => {
  const create = (shape: object) => () => new DenseCrf(engine, { width: 2, height: 2, labels: 3, ...shape });
  const refuse = (use: (crf: DenseCrf) => void, message: string) =>
    withCrf({ width: 2, height: 2, labels: 3 }, crf => expect(() => use(crf)).toThrow(message));

  it('sizes and numbers of labels that are none', () => {
    expect(create({ width: 0 })).toThrow('The image is 0×2 pixels');
    expect(create({ height: 1.5 })).toThrow('The image is 2×1.5 pixels');
    expect(create({ labels: 1 })).toThrow('with one label there is nothing to infer');
  });

  it('images beyond its memory, with the number of bytes', () => {
    expect(create({ width: 8192, height: 8192, labels: 21 })).toThrow(
      `A dense CRF of 8192×8192 pixels with 21 labels needs at least ${8192 * 8192 * 192 + 128} bytes`,
    );
    const [width, height, labels] = [4096, 4096, 21];
    const image = new Uint8Array(width * height * 3);
    withCrf({ width, height, labels }, crf => {
      expect(() => crf.addBilateral(image, { sigmaXy: 121, sigmaRgb: 5 })).toThrow(
        'A dense CRF of 4096×4096 pixels with 21 labels and 5-dimensional features ' +
          `needs at least ${width * height * (192 + 6 * 16 + 20) + 128} bytes`,
      );
    });
  });

  it('wrong probabilities', () => {
    refuse(crf => crf.setProbabilities(new Float32Array(11)), 'probabilities has 11 numbers, expected [2, 2, 3] = 12');
    for (const [bad, shown] of [
      [Number.NaN, 'NaN'],
      [-0.5, '-0.5'],
      [1.5, '1.5'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
    ] as const) {
      const probabilities = new Float32Array(12).fill(0.3);
      probabilities[8] = bad;
      refuse(crf => crf.setProbabilities(probabilities), `probabilities of pixel (0, 1), label 2, is ${shown}`);
    }
    refuse(crf => crf.setProbabilities(new Float32Array(12), { clip: 0 }), 'clip is 0');
    refuse(crf => crf.setProbabilities(new Float32Array(12), { scale: 2 }), 'scale is 2');
  });

  it('wrong labels and energies', () => {
    refuse(crf => crf.setLabels([0, 1, 2], { confidence: 0.5 }), 'labels has 3 numbers, expected [2, 2] = 4');
    refuse(crf => crf.setLabels([0, 1, 3, 2], { confidence: 0.5 }), 'The label of pixel (0, 1) is 3');
    refuse(crf => crf.setLabels([0, 1, 2, 2], { confidence: 1 }), 'confidence is 1');
    refuse(crf => crf.setEnergies(new Float32Array(12).fill(Number.NaN)), 'energies[0] is NaN');
  });

  it('wrong pairwise terms', () => {
    const image = new Uint8Array(12);
    refuse(crf => crf.addGaussian({ sigmaXy: 0 }), 'sigmaXy is 0');
    refuse(crf => crf.addBilateral(image, { sigmaXy: 1, sigmaRgb: 0 }), 'sigmaRgb is 0');
    refuse(
      crf => crf.addBilateral(image.subarray(1), { sigmaXy: 1, sigmaRgb: 1 }),
      'image has 11 numbers, expected [2, 2, channels], such as 12',
    );
    refuse(crf => crf.addBilateral(image.subarray(12), { sigmaXy: 1, sigmaRgb: 1 }), 'image has 0 numbers');
    refuse(crf => crf.addGaussian({ sigmaXy: 1, compatibility: [1, 2] }), 'compatibility has 2 numbers, expected 3');
    refuse(crf => crf.addGaussian({ sigmaXy: 1, compatibility: { matrix: [1, 2] } }), 'compatibility has 2 numbers, expected 9');
    refuse(crf => crf.addGaussian({ sigmaXy: 1, compatibility: Number.NaN }), 'compatibility is NaN');
    refuse(crf => crf.addGaussian({ sigmaXy: 1, normalization: 'both' as Normalization }), 'normalization is both');
    refuse(crf => crf.addPairwise({ features: new Float32Array(3), dimensions: 1 }), 'features has 3 numbers, expected [2, 2, 1] = 4');
  });

  it('calls out of order', () => {
    refuse(crf => crf.infer(1), 'The CRF has no unary energies');
    refuse(crf => crf.step(), 'The inference has not started');
    refuse(crf => crf.result(), 'The inference has not started');
    refuse(crf => {
      crf.setEnergies(new Float32Array(12));
      crf.infer(-1);
    }, 'iterations is -1');
    const crf = new DenseCrf(engine, { width: 2, height: 2, labels: 3 });
    crf.dispose();
    crf.dispose();
    expect(() => crf.start()).toThrow('The CRF is disposed');
    expect(() => crf.setEnergies(new Float32Array(12))).toThrow('The CRF is disposed');
  });
});
