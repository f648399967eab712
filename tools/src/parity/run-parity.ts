import { readCase } from '@wsss/fixtures';
import type { Cases } from './check.js';
import { cocoCases } from './coco-cases.js';
import { compareCase, type ParityResult } from './compare-case.js';
import { pageCases } from './page-cases.js';

const cases: Cases = { ...pageCases, ...cocoCases };

/** Compares one recorded case with what this program computes on the running engine. */
export async function runParityCase(name: string, folder: string): Promise<ParityResult> {
  const run = cases[name];
  if (!run) return { name, state: 'not built', comparisons: [] };
  let golden: ReturnType<typeof readCase>;
  try {
    golden = readCase(name, folder);
  } catch (error) {
    return { name, state: 'FAIL', comparisons: [], problem: (error as Error).message };
  }
  return compareCase(run, golden);
}
