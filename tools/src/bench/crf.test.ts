import { expect, it } from 'vitest';
import { benchmarkCrf, generatedImage } from './crf.js';

it('measures the CRF, the filter and the queue beside the scalar reference', async () => {
  const report = await benchmarkCrf({ runs: 1, threads: [1, 2], queue: 2, image: generatedImage(40, 30) });
  expect(report).toMatchObject({ labels: 21, image: { width: 40, height: 30, generated: false }, queue: { images: 2, workers: 2 } });
  expect(report.measurements.map(({ threads }) => threads)).toEqual([1, 1, 1, 2, 2, 2]);
  for (const { seconds, timesReference } of report.measurements) {
    expect(seconds).toBeGreaterThan(0);
    expect(timesReference).toBeCloseTo(report.reference.seconds / seconds, 9);
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
