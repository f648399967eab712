// Parity in a page: the cases that need no file system, on an engine of the browser. tools/scripts/playground/parity.mjs bundles it.
import type { GoldenCase } from '@wsss/fixtures';
import { parseSafetensors } from '@wsss/weights';
import { augmentationCases } from './augmentation-cases.js';
import { camCases } from './cam-cases.js';
import type { Cases } from './check.js';
import { compareCase, type ParityResult } from './compare-case.js';
import { crfCases } from './crf-cases.js';
import { layerCases } from './layer-cases.js';
import { lossCases } from './loss-cases.js';
import { metricsCases } from './metrics-cases.js';
import { networkCases } from './network-cases.js';
import { optimizerCases } from './optimizer-cases.js';
import { trainStepCases } from './train-step-case.js';

export const pageCases: Cases = {
  ...augmentationCases,
  ...camCases,
  ...crfCases,
  ...layerCases,
  ...lossCases,
  ...metricsCases,
  ...networkCases,
  ...optimizerCases,
  ...trainStepCases,
};

/** Compares a case whose two files are fetched from a folder of the site. */
export async function fetchAndCompare(name: string, folder: string): Promise<ParityResult> {
  const [text, data] = await Promise.all([
    fetch(`${folder}/${name}.json`).then(response => response.json()),
    fetch(`${folder}/${name}.safetensors`).then(response => response.arrayBuffer()),
  ]);
  const { settings = {}, values = {}, tensors: description = {}, tolerance = {} } = text;
  const { tensors } = parseSafetensors(new Uint8Array(data), name);
  const golden: GoldenCase = { name, folder, settings, values, description, tolerance, tensors };
  return compareCase(pageCases[name]!, golden);
}
