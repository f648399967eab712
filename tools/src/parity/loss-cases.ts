import * as tf from '@tensorflow/tfjs-core';
import { goldenMaps, goldenTensor, subcases } from '@wsss/fixtures';
import { affinityLoss, classTokenContrastLoss, multilabelSoftMarginLoss, segmentationLoss } from '@wsss/losses';
import type { Check } from './check.js';

const valueAndGradient = <T extends tf.Tensor>(loss: (x: T) => tf.Scalar, x: T) => {
  const { value, grad } = tf.valueAndGrad(input => loss(input as T))(x);
  return { value, grad };
};

export function affinity(check: Check): void {
  const { golden } = check;
  const tokens = goldenMaps(golden, 'fmap');
  const labels = goldenTensor<tf.Rank.R3>(golden, 'label');
  const { value, grad } = valueAndGradient(x => affinityLoss(x, labels), tokens);
  check.scalar('loss', value);
  check.maps('grad.fmap', grad);
  check.scalar('loss_all_ignored', affinityLoss(tokens, tf.fill(labels.shape, 255, 'int32')));
}

export function segmentation(check: Check): void {
  const { golden } = check;
  const logits = goldenMaps(golden, 'logits');
  const labels = tf.cast(goldenTensor<tf.Rank.R3>(golden, 'label'), 'int32');
  const { value, grad } = valueAndGradient(x => segmentationLoss(x, labels), logits);
  check.scalar('loss', value);
  check.maps('grad.logits', grad);
  // A mean over no pixel is NaN in the reference program; here it is 0.
  const noForeground = tf.where(tf.equal(labels, 255), labels, tf.zerosLike(labels));
  check.finite('loss_no_fg', segmentationLoss(logits, noForeground));
}

export function multilabelSoftMargin(check: Check): void {
  const { golden } = check;
  const target = goldenTensor<tf.Rank.R2>(golden, 'target');
  const { value, grad } = valueAndGradient(x => multilabelSoftMarginLoss(x, target), goldenTensor<tf.Rank.R2>(golden, 'logits'));
  check.scalar('loss', value);
  check.values('grad.logits', grad);
}

export function contrast(check: Check): void {
  const { golden } = check;
  const { temp: temperature, eps: epsilon } = golden.settings;
  for (const name of subcases(golden, 'student')) {
    const teacher = goldenTensor<tf.Rank.R2>(golden, `${name}.teacher`);
    const flags = goldenTensor<tf.Rank.R2>(golden, `${name}.flags`);
    const { value, grad } = valueAndGradient(
      x => classTokenContrastLoss(x, teacher, flags, { temperature, epsilon }),
      goldenTensor<tf.Rank.R2>(golden, `${name}.student`),
    );
    check.scalar(`${name}.loss`, value, { relative: 5e-5 });
    check.values(`${name}.grad.student`, grad);
  }
  if (golden.values['overflow.loss'] !== undefined) {
    const flags = goldenTensor<tf.Rank.R2>(golden, 'batch1.flags');
    const [batch, views] = flags.shape;
    const large = (rows: number) => tf.fill([rows, 64], 12) as tf.Tensor2D;
    check.finite('overflow.loss', classTokenContrastLoss(large(views * batch), large(2 * batch), flags, { temperature, epsilon }));
  }
}
