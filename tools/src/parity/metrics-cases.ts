import { ConfusionMatrix, multilabelF1, type Scores, scores } from '@wsss/metrics';
import type { Cases, Check } from './check.js';

function compareScores(check: Check, name: string, found: Scores): void {
  const recorded = check.golden.values[name];
  // NaN marks a class that occurs in neither; compare those as −1.
  const known = (iou: unknown[]) => iou.map(value => (Number.isNaN(Number(value)) ? -1 : Number(value)));
  check.values(name, [found.pixelAccuracy, found.meanAccuracy, found.miou], { reference: [recorded.pAcc, recorded.mAcc, recorded.miou] });
  check.values(`${name}.iou`, known([...found.iou]), { reference: known(Object.values(recorded.iou)) });
}

export const metricsCases: Cases = {
  /** Confusion matrix, scores with and without ignored predictions, and multilabel F1. */
  evaluate(check) {
    const { values } = check.golden;
    const truth = check.recorded('gt').data;
    const matrix = new ConfusionMatrix(check.settings.num_classes);
    matrix.add(check.recorded('pred').data, truth);
    check.labels('hist', matrix.counts);
    const pseudo = new ConfusionMatrix(check.settings.num_classes);
    pseudo.add(check.recorded('pseudo_pred').data, truth, { ignorePrediction: 255 });
    compareScores(check, 'scores', scores(matrix));
    compareScores(check, 'pseudo_scores', scores(pseudo));
    values.multilabel_score.forEach(({ y_true, y_pred, f1 }: { y_true: number[]; y_pred: number[]; f1: number }, i: number) => {
      check.values(`multilabel_score ${i}`, [multilabelF1(y_true, y_pred)], { reference: [f1] });
    });
    check.holds(
      'the mean over all classes is NaN where one never occurs',
      `${scores(matrix).miouAllClasses}` === `${values.format_tabs_mIoU_of_scores}` || values.format_tabs_mIoU_of_scores === undefined,
    );
  },
};
