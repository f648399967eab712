import { readCase } from '@wsss/fixtures';
import { randomCrop, transforms } from './augmentation-cases.js';
import { attentionMask, camToLabel, pixelAdaptiveRefinement, refineCams } from './cam-cases.js';
import { Check, type Comparison } from './check.js';
import { parseCoco } from './coco-cases.js';
import { bilateralFilters, denseCrf, energy } from './crf-cases.js';
import { aspp, largeFov } from './decoder-cases.js';
import { encoder } from './encoder-cases.js';
import { interpolation } from './interpolate-cases.js';
import { affinity, contrast, multilabelSoftMargin, segmentation } from './loss-cases.js';
import { evaluation } from './metrics-cases.js';
import { multiScaleCams, multiScaleInference, networkEval, networkTrain } from './network-cases.js';
import { optimizers } from './optimizer-cases.js';
import { trainSteps } from './train-step-case.js';

/** What is compared for each recorded case, by its name. */
const cases: Record<string, (check: Check) => void | Promise<void>> = {
  aff_loss: affinity,
  aspp,
  attn_mask: attentionMask,
  bilateral_raw: bilateralFilters,
  cam_to_label: camToLabel,
  densecrf: denseCrf,
  energy_loss: energy,
  evaluate: evaluation,
  infer_ms: multiScaleInference,
  interpolate: interpolation,
  largefov: largeFov,
  mcc_loss: contrast,
  mlsm_loss: multilabelSoftMargin,
  multi_scale_cam: multiScaleCams,
  network_eval: networkEval,
  network_train: networkTrain,
  optimizers,
  par: pixelAdaptiveRefinement,
  parse_coco: parseCoco,
  random_crop: randomCrop,
  refine_cams: refineCams,
  seg_loss: segmentation,
  train_step: trainSteps,
  train_step_batch: trainSteps,
  transforms,
  vit_plain: encoder,
  vit_policy: encoder,
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
