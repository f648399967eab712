import type { Recipe } from './recipe.js';

/** Shares of the run at which the recipe's schedule changes: warm-up, segmentation on, main CAM for masks and for labels. */
export interface ScheduleShares {
  warmup: number;
  /** Below 0: never alone. */
  classification: number;
  segmentation: number;
  /** null: never. */
  mainCamForMasks: number | null;
  mainCamForLabels: number;
}

/** Points of the schedule in iterations, all decided. */
export interface Schedule {
  warmupIterations: number;
  classificationUntil: number;
  segmentationAfter: number;
  mainCamForMasksAfter: number;
  mainCamForLabelsAfter: number;
}

/** What an iteration's place in the schedule decides. */
export interface StepPlan {
  /** Whether nothing but the classes is learned yet. */
  classificationOnly: boolean;
  /** Whether segmentation and dense energy are part of the loss. */
  segmentation: boolean;
  /** Whether the masks' importance comes from the main rather than the auxiliary CAM. */
  mainCamForMasks: boolean;
  /** Whether refined labels come from the main rather than the auxiliary CAM. */
  mainCamForLabels: boolean;
}

/** Where the schedule's points lie in a run: as set, or at their share of it. */
export function scheduleOf({ iterations, optimizer, schedule }: Recipe, shares: ScheduleShares): Schedule {
  const at = (set: number | null, share: number | null) =>
    set ?? (share === null ? Number.MAX_SAFE_INTEGER : share < 0 ? -1 : Math.round(share * iterations));
  return {
    warmupIterations: at(optimizer.warmupIterations, shares.warmup),
    classificationUntil: at(schedule.classificationUntil, shares.classification),
    segmentationAfter: at(schedule.segmentationAfter, shares.segmentation),
    mainCamForMasksAfter: at(schedule.mainCamForMasksAfter, shares.mainCamForMasks),
    mainCamForLabelsAfter: at(schedule.mainCamForLabelsAfter, shares.mainCamForLabels),
  };
}

/** After how many iterations a run logs, saves itself and evaluates. */
export const intervals = ({ iterations, log, evaluation }: Recipe) => ({
  log: log.every,
  checkpoint: log.checkpointEvery ?? Math.max(1, Math.ceil(iterations / 10)),
  evaluate: evaluation.every ?? iterations,
});

/** The plan of an iteration, counted from 0. */
export function planAt({ weights }: Recipe, schedule: Schedule, iteration: number): StepPlan {
  return {
    classificationOnly: iteration <= schedule.classificationUntil,
    segmentation:
      iteration > schedule.classificationUntil &&
      (weights.segmentation > 0 || weights.denseEnergy > 0) &&
      iteration > schedule.segmentationAfter,
    mainCamForMasks: iteration > schedule.mainCamForMasksAfter,
    mainCamForLabels: iteration > schedule.mainCamForLabelsAfter,
  };
}
