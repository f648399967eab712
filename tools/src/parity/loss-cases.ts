import * as tf from '@tensorflow/tfjs-core';
import { subcases } from '@wsss/fixtures';
import { affinityLoss, classTokenContrastLoss, multilabelSoftMarginLoss, segmentationLoss } from '@wsss/losses';
import type { Cases } from './check.js';

export const lossCases: Cases = {
  aff_loss(check) {
    const fmap = check.maps('fmap');
    const labels = check.tensor<tf.Rank.R3>('label');
    check.loss(given => affinityLoss(given.fmap!, labels), { fmap });
    check.scalar('loss_all_ignored', affinityLoss(fmap, tf.fill(labels.shape, 255, 'int32')));
  },

  seg_loss(check) {
    const logits = check.maps('logits');
    const labels = tf.cast(check.tensor<tf.Rank.R3>('label'), 'int32');
    check.loss(given => segmentationLoss(given.logits!, labels), { logits });
    // A mean over no pixel is NaN in the reference program; here it is 0.
    const noForeground = tf.where(tf.equal(labels, 255), labels, tf.zerosLike(labels));
    check.finite('loss_no_fg', segmentationLoss(logits, noForeground));
  },

  mlsm_loss(check) {
    const target = check.tensor<tf.Rank.R2>('target');
    check.loss(given => multilabelSoftMarginLoss(given.logits!, target), { logits: check.tensor<tf.Rank.R2>('logits') });
  },

  mcc_loss(check) {
    const { temp: temperature, eps: epsilon } = check.settings;
    for (const name of subcases(check.golden, 'student')) {
      const teacher = check.tensor<tf.Rank.R2>(`${name}.teacher`);
      const flags = check.tensor<tf.Rank.R2>(`${name}.flags`);
      check.loss(
        given => classTokenContrastLoss(given.student!, teacher, flags, { temperature, epsilon }),
        { student: check.tensor<tf.Rank.R2>(`${name}.student`) },
        { prefix: `${name}.`, relative: 5e-5 },
      );
    }
    if (check.golden.values['overflow.loss'] !== undefined) {
      const flags = check.tensor<tf.Rank.R2>('batch1.flags');
      const [batch, views] = flags.shape;
      const large = (rows: number) => tf.fill([rows, 64], 12) as tf.Tensor2D;
      check.finite('overflow.loss', classTokenContrastLoss(large(views * batch), large(2 * batch), flags, { temperature, epsilon }));
    }
  },
};
