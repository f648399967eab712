import './test/build.js';
import { readCase } from '@wsss/fixtures';
import { afterAll, describe, expect, it } from 'vitest';
import { bilateralFilter } from './bilateral-filter.js';
import { LatticeEngine } from './lattice-engine.js';

const engine = await LatticeEngine.start();
afterAll(() => engine.dispose());

/** [channels, pixels] → [pixels, channels]. */
function interleave(planes: ArrayLike<number>, channels: number): Float32Array {
  const pixels = planes.length / channels;
  return Float32Array.from({ length: planes.length }, (_, i) => planes[(i % channels) * pixels + Math.floor(i / channels)]!);
}

describe('bilateralFilter', () => {
  it('sums over all pixels alike in a flat image of one pixel’s extent', () => {
    const request = { height: 1, width: 3, channels: 1, sigmaXy: 1e6, sigmaRgb: 15 };
    const [sum, ...rest] = bilateralFilter(engine, { ...request, images: new Uint8Array(9), values: Float32Array.of(1, 2, 4) });
    const [one] = bilateralFilter(engine, { ...request, width: 1, images: new Uint8Array(3), values: Float32Array.of(1) });
    expect(sum! / one!).toBeCloseTo(7, 4);
    for (const other of rest) expect(other / one!).toBeCloseTo(7, 4);
  });

  const recorded = readCase('bilateral_raw');
  it.each(['div4', 'mod1', 'mod3', 'flat', 'wide'])('gives the recorded numbers: %s', name => {
    const { H: height, W: width, K: channels, sigma_rgb: sigmaRgb, sigma_xy: sigmaXy } = recorded.settings[name];
    const tensor = (part: string) => recorded.tensors.get(`${name}.${part}`)!.data;
    const filtered = bilateralFilter(engine, {
      images: interleave(tensor('image'), 3),
      values: interleave(tensor('in'), channels),
      height,
      width,
      channels,
      sigmaXy,
      sigmaRgb,
      phantomPoints: true,
    });
    const expected = interleave(tensor('out'), channels);
    const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const worst = filtered.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1e-5 * scale);
  });

  it('filters each image of a batch by its own colors', () => {
    const shape = { height: 6, width: 5, channels: 2, sigmaXy: 3, sigmaRgb: 20 };
    const images = Uint8Array.from({ length: 2 * 90 }, (_, i) => (i * 37) % 256);
    const values = Float32Array.from({ length: 2 * 60 }, (_, i) => Math.cos(i));
    const both = bilateralFilter(engine, { ...shape, batch: 2, images, values });
    const second = bilateralFilter(engine, { ...shape, images: images.subarray(90), values: values.subarray(60) });
    expect(both.subarray(60)).toEqual(second);
  });

  it('takes gray images and one σ a channel', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const shape = { height: 2, width: 2, channels: 1, values };
    const gray = bilateralFilter(engine, { ...shape, images: Uint8Array.of(0, 50, 100, 150), sigmaXy: 2, sigmaRgb: 30 });
    const scaled = bilateralFilter(engine, { ...shape, images: Float32Array.of(0, 5, 10, 15), sigmaXy: [2, 2], sigmaRgb: [3] });
    expect(gray).toEqual(scaled);
  });

  it('refuses bad input with one clear error each and leaves no memory behind', () => {
    const good = { images: new Uint8Array(12), values: new Float32Array(8), height: 2, width: 2, channels: 2, sigmaXy: 1, sigmaRgb: 1 };
    const refuse = (change: object, message: string) => expect(() => bilateralFilter(engine, { ...good, ...change })).toThrow(message);
    const before = engine.heap.bytesInUse;
    refuse({ height: 0 }, 'The image is 2×0 pixels');
    refuse({ values: new Float32Array(7) }, 'values has 7 numbers, expected [1, 2, 2, 2] = 8');
    refuse({ values: new Float32Array(8).fill(Number.NaN) }, 'values[0] is NaN');
    refuse({ images: new Uint8Array(11) }, 'images has 11 numbers');
    refuse({ images: new Uint8Array(0) }, 'images has 0 numbers');
    refuse({ images: new Float32Array(12).fill(Number.NaN) }, 'Feature 2 of point 0 is NaN');
    refuse({ sigmaXy: 0 }, 'sigmaXy is 0, expected a number above 0');
    refuse({ sigmaRgb: -1 }, 'sigmaRgb is -1');
    refuse({ sigmaRgb: [1, 2] }, "sigmaRgb has 2 numbers, expected one for each of the image's 3 channels");
    refuse({ batch: 0 }, 'batch is 0');
    refuse({ channels: 0 }, 'channels is 0');
    expect(engine.heap.bytesInUse).toBe(before);
  });
});
