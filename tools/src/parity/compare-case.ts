import type { GoldenCase } from '@wsss/fixtures';
import { type Cases, Check, type Comparison } from './check.js';

export interface ParityResult {
  name: string;
  state: 'PASS' | 'FAIL' | 'not built';
  comparisons: Comparison[];
  /** The comparison closest to, or furthest beyond, its tolerance. */
  worst?: Comparison;
  /** What went wrong, where a case could not be compared at all. */
  problem?: string;
}

/** Compares a recorded case with what this program computes on the running engine. */
export async function compareCase(run: Cases[string], golden: GoldenCase): Promise<ParityResult> {
  const { name } = golden;
  try {
    const check = new Check(golden);
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
