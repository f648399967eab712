import * as tf from '@tensorflow/tfjs-core';
import { uncertainCrops } from '@wsss/cam';
import { classTokenContrastLoss } from '@wsss/losses';
import { type MccStepInputs, Projector, type ProjectorConfig, patchImportance, updateTeacher } from '@wsss/mcc';
import { noGradient } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';
import type { Contrast } from './model.js';

export interface CropContrastConfig extends ProjectorConfig {
  /** Side of the local crops in pixels. */
  cropSize: number;
  /** Crops an image. Default 8. */
  count?: number;
  /** Thresholds of the class activations, as in MCC. */
  low?: number;
  high?: number;
}

/** The class-token contrast of ToCo: the whole image against small crops of it, chosen by the auxiliary class activation map. */
export class CropContrast implements Contrast {
  private readonly student: Projector;
  private readonly teacher: Projector;

  constructor(
    private readonly config: CropContrastConfig,
    random?: UniformSource,
  ) {
    this.student = new Projector(config, random, 'student.');
    this.teacher = new Projector(config, undefined, 'teacher.');
    updateTeacher(this.teacher.parameters, this.student.parameters, 0);
  }

  trainable(): Map<string, tf.Variable> {
    return this.student.parameters.trainable();
  }

  step({ encoder, views, cam, labels, rng }: MccStepInputs): { loss: tf.Scalar } {
    const { cropSize, count = 8, low = 0.25, high = 0.7 } = this.config;
    const [batch, height, width] = views.local.shape;
    const places = [batch, height - cropSize + 1, width - cropSize + 1] as [number, number, number];
    noGradient(() => updateTeacher(this.teacher.parameters, this.student.parameters, 0.9));
    const loss = tf.tidy(() => {
      const chances = tf.tensor3d(Float32Array.from({ length: places[0] * places[1] * places[2] }, rng), places);
      const importance = patchImportance(cam, labels, [height, width], { low, high });
      const { crops, flags } = uncertainCrops(views.local, importance, chances, { count });
      const globalTokens = 'globalTokens' in views ? views.globalTokens : encoder.encode(tf.concat(views.global.slice(), 0)).cls;
      const student = this.student.project(tf.concat([globalTokens, encoder.encode(crops).cls], 0));
      return classTokenContrastLoss(
        student,
        noGradient(() => this.teacher.project(globalTokens)),
        flags,
      );
    });
    return { loss };
  }
}
