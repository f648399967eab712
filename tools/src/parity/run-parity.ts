import { readCase } from '@wsss/fixtures';
import { augmentationCases } from './augmentation-cases.js';
import { camCases } from './cam-cases.js';
import { type Cases, Check, type Comparison } from './check.js';
import { cocoCases } from './coco-cases.js';
import { crfCases } from './crf-cases.js';
import { layerCases } from './layer-cases.js';
import { lossCases } from './loss-cases.js';
import { metricsCases } from './metrics-cases.js';
import { networkCases } from './network-cases.js';
import { optimizerCases } from './optimizer-cases.js';
import { trainStepCases } from './train-step-case.js';

const cases: Cases = {
  ...augmentationCases,
  ...camCases,
  ...cocoCases,
  ...crfCases,
  ...layerCases,
  ...lossCases,
  ...metricsCases,
  ...networkCases,
  ...optimizerCases,
  ...trainStepCases,
};

export interface ParityResult {
  name: string;
  state: 'PASS' | 'FAIL' | 'not built';
  comparisons: Comparison[];
  /** The comparison closest to, or furthest beyond, its tolerance. */
  worst?: Comparison;
  /** What went wrong, where a case could not be compared at all. */
  problem?: string;
}

/** Compares one recorded case with what this program computes on the running engine. */
export async function runParityCase(name: string, folder: string): Promise<ParityResult> {
  const run = cases[name];
  if (!run) return { name, state: 'not built', comparisons: [] };
  try {
    const check = new Check(readCase(name, folder));
    await run(check);
    await check.settled();
    const { comparisons } = check;
    const ratio = ({ error, tolerance }: Comparison) => (error === 0 ? 0 : error / tolerance);
    const worst = comparisons.reduce<Comparison | undefined>((a, b) => (a && ratio(a) >= ratio(b) ? a : b), undefined);
    const passed = comparisons.length > 0 && comparisons.every(comparison => comparison.passed);
    return { name, state: passed ? 'PASS' : 'FAIL', comparisons, worst };
  } catch (error) {
    return { name, state: 'FAIL', comparisons: [], problem: (error as Error).message };
  }
}
