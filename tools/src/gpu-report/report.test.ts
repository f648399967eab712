import { expect, it } from 'vitest';
import { gpuReportPage } from './page.js';
import { type GpuReport, measureEngines, type RunMcc, stepSizes } from './report.js';

const timed = {
  step: { median: 0.25, minimum: 0.2 },
  parts: { forward: 0.1, backward: 0.15 },
  arithmetic: { gigaflop: 10, gigaflopPerSecond: 40, peakGigaflopPerSecond: 80, shareOfPeak: 0.5 },
  peakResidentMegabytes: 900,
};
const option = (args: string[], name: string) => args[args.indexOf(name) + 1]!;

/** An mcc that answers as the real one does, but for what is asked to fail. */
const answers =
  (failing: string): RunMcc =>
  async args => {
    if (args.includes(failing)) throw new Error(`mcc: ${failing} <failed>`);
    if (args[0] === 'doctor')
      return JSON.stringify({
        engines: [
          { name: 'cuda', works: false, why: 'No GPU', fix: 'Buy one' },
          { name: 'native', works: true, version: 'TensorFlow' },
        ],
      });
    if (args[0] === 'train') return JSON.stringify({ seconds: 30, evaluation: { segmentation: { miou: 0.3 } } });
    if (args[0] === 'parity') return JSON.stringify({ results: [{ name: 'mcc_loss', state: 'PASS', comparisons: [1, 2] }] });
    return JSON.stringify({ ...timed, backbone: option(args, '--backbone'), crop: Number(option(args, '--crop')), batch: 4 });
  };

async function reportOf(run: RunMcc, seconds = 60) {
  const begun: string[] = [];
  const written: string[] = [];
  const report = await measureEngines({
    engines: ['cuda', 'native'],
    seconds,
    machine: { memory: '24 GiB' },
    golden: 'fixtures/golden',
    temporary: '/runs',
    run,
    logOf: out => [10, 20].map(step => ({ step, values: { classification: 0.5, contrast: out === '/runs/native' ? 1 : 2 } })),
    begins: what => begun.push(what),
    found: async (report: GpuReport) => void written.push(JSON.stringify(report)),
  });
  return { report, begun, written };
}

it('measures every engine that works, says why others do not, and writes after every step', async () => {
  const { report, begun, written } = await reportOf(answers('nothing'));
  const [cuda, native] = report.engines;
  expect(cuda).toEqual({ name: 'cuda', steps: [], problems: ['No GPU. Buy one'] });
  expect(native).toMatchObject({
    version: 'TensorFlow',
    problems: [],
    shapes: { seconds: 30, segmentation: 0.3, records: [{ step: 10, values: { contrast: 1 } }, { step: 20 }] },
    parity: [{ name: 'mcc_loss', state: 'PASS' }],
  });
  expect(native!.steps.map(({ backbone, crop }) => [backbone, crop])).toEqual(stepSizes.map(({ backbone, crop }) => [backbone, crop]));
  expect(begun).toEqual([
    'engines',
    'native: 100 iterations on Shapes',
    'native: recorded numbers',
    ...stepSizes.map(({ backbone, crop }) => `native: ${backbone}, 4 × ${crop}²`),
  ]);
  expect(JSON.parse(written.at(-1)!)).toEqual(JSON.parse(JSON.stringify(report)));
  expect(written.length).toBe(begun.length + 1);
});

it('goes on after what fails, and lists it', async () => {
  const { report } = await reportOf(answers('deit_base_patch16_224'));
  expect(report.engines[1]!.problems).toEqual(['native: deit_base_patch16_224, 4 × 448²: mcc: deit_base_patch16_224 <failed>']);
  expect(report.engines[1]!.steps).toHaveLength(2);
  expect(report.engines[1]!.parity).toHaveLength(1);
});

it('starts nothing when its time is over', async () => {
  const { report, begun } = await reportOf(answers('nothing'), 0);
  expect(begun).toEqual([]);
  expect(report.engines.map(({ problems }) => problems.length)).toEqual([6, 6]);
  expect(report.engines[0]!.problems[0]).toBe('engines: no time was left');
});

it('becomes a page with all of it, where nothing that was found is markup', async () => {
  const html = gpuReportPage((await reportOf(answers('deit_base_patch16_224'))).report);
  for (const text of [
    '24 GiB',
    'No GPU. Buy one',
    'deit_tiny_patch16_224, 4 × 224²',
    '0.250 s',
    '40 (50 %)',
    '1 of 1',
    '30 s',
    '&#60;failed&#62;',
  ])
    expect(html).toContain(text);
  expect(html).toContain('<polyline');
});
