import * as tf from '@tensorflow/tfjs-core';
import { pseudoLabels, validCam } from '@wsss/cam';
import { classTokenContrastLoss } from '@wsss/losses';
import { type KeyMasks, keyMaskTensors, patchImportance, viewFlags } from '@wsss/mcc';
import { interpolate } from '@wsss/ops';
import { classAttention } from '@wsss/vit';
import { hostValues } from '../inference/host-values.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';

/** What a network makes of one image, in host memory. N = h·w patches, L local views. */
export interface NetworkExplanation {
  /** Probability of each class, [C], by the classifier that names them. */
  probabilities: number[];
  /** CAMs of the image's classes, the strongest of them at each pixel, [H·W] in [0, 1]. */
  cam: Float32Array;
  auxiliaryCam: Float32Array;
  /** 0, 1 or 2 a patch, by the CAM that decides about masks, [N]. */
  importance: Float32Array;
  /** Flags of the local views by this network's own CAM, [L]. */
  flags: number[];
  /** Labels of the patches for the affinity loss, by this network's auxiliary CAM, [N]; 255 = undecided. */
  patchLabels: Int32Array;
  /** |cosine| of the tokens of every two patches, [N, N]. */
  affinity: Float32Array;
  /** Norms of the tokens that the auxiliary classifier reads, in medians of the image, [N]. */
  tokenNorms: Float32Array;
  /** How much the CLS token attends to each patch in the last block, mean over heads, [N]. */
  attention: Float32Array;
  /** T_t·S_j / τ: the two teacher views by the 2 + L student views. */
  logits: number[][];
  /** The contrast loss of the image, by {@link ExplanationInputs.flags} if they are given. */
  contrast: number;
}

interface ExplanationInputs {
  /** float32 [1, H, W, 3], normalized: view 1, of which the local views see a few patches. */
  image: tf.Tensor4D;
  /** float32 [1, S, S, 3], normalized: view 2. */
  globalView: tf.Tensor4D;
  masks: KeyMasks;
  /** [C] 0/1 */
  labels: Float32Array;
  recipe: Recipe;
  /** Whether the main rather than the auxiliary CAM decides which patches matter. */
  mainCamForMasks: boolean;
  /** Flags of the local views for the contrast, [L]; default: this network's own. */
  flags?: readonly number[];
}

/** Everything that MCC computes about one image, as in a training iteration, but without augmentation and without its random crop. */
export async function explainNetwork(network: SegmentationNetwork, inputs: ExplanationInputs): Promise<NetworkExplanation> {
  const { image, globalView, masks, recipe, mainCamForMasks } = inputs;
  const tensors = tf.tidy(() => {
    const labels = tf.tensor2d(inputs.labels, [1, network.classes]);
    const encoding = network.encoder.encode(image);
    const [cam, auxiliaryCam] = network.multiScaleCams(image, encoding, recipe.cam.scales);
    const importance = patchImportance(mainCamForMasks ? cam : auxiliaryCam, labels, encoding.grid, recipe.cam);
    const visible = keyMaskTensors(masks);
    const flags = viewFlags(importance, visible.hidden, recipe.masks.positiveRatio);
    const globalTokens = tf.concat([encoding.cls, network.encoder.encode(globalView).cls], 0);
    const localTokens = network.mcc.encodeLocalViews(network.encoder, image, visible);
    const { student, teacher } = network.mcc.project(globalTokens, localTokens);
    const tokens = tf.squeeze(encoding.patches, [0]);
    const { naming, classToken } = network.classify(encoding);
    // A loss that counts a class that is there w times gives logits that are log w too high.
    const tooHigh = classToken ? Math.log(recipe.classifiers.positiveWeight) : 0;
    const unit = tf.div(tokens, tf.maximum(tf.norm(tokens, 2, 1, true), 1e-12)) as tf.Tensor2D;
    return {
      probabilities: tf.sigmoid(tf.sub(naming, tooHigh)),
      cam: tf.max(validCam(cam, labels), 3),
      auxiliaryCam: tf.max(validCam(auxiliaryCam, labels), 3),
      importance,
      flags: tf.slice(flags, [0, 2], [1, -1]),
      patchLabels: pseudoLabels(interpolate(auxiliaryCam, encoding.grid, { mode: 'bilinear' }), labels, recipe.cam),
      affinity: tf.abs(tf.matMul(unit, unit, false, true)),
      tokenNorms: tf.norm(encoding.auxiliary, 'euclidean', 2),
      attention: tf.mean(classAttention(network.encoder, image), 3),
      logits: tf.div(tf.matMul(teacher, student, false, true), network.mcc.config.temperature),
      contrast: classTokenContrastLoss(student, teacher, inputs.flags ? tf.tensor2d([[1, 1, ...inputs.flags]]) : flags, network.mcc.config),
    };
  });
  const { probabilities, flags, logits, contrast, patchLabels, tokenNorms, ...maps } = await hostValues(tensors);
  const views = 2 + masks.count;
  const median = tokenNorms.toSorted((a, b) => b - a)[Math.floor(tokenNorms.length / 2)]!;
  return {
    ...(maps as Record<keyof typeof maps, Float32Array>),
    probabilities: [...probabilities],
    flags: [...flags],
    patchLabels: patchLabels as Int32Array,
    tokenNorms: Float32Array.from(tokenNorms, norm => norm / median),
    logits: [[...logits.slice(0, views)], [...logits.slice(views)]],
    contrast: contrast[0]!,
  };
}

/** Mean |cosine| of patches that are labeled alike and of patches that are labeled differently, as the affinity loss pairs them. */
export function affinityMeans(affinity: Float32Array, labels: ArrayLike<number>): { same: number; different: number } {
  const count = labels.length;
  const sums = [0, 0];
  const pairs = [0, 0];
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      if (i === j || labels[i] === 255 || labels[j] === 255) continue;
      const kind = labels[i] === labels[j] ? 0 : 1;
      sums[kind]! += affinity[i * count + j]!;
      pairs[kind]!++;
    }
  return { same: sums[0]! / pairs[0]!, different: sums[1]! / pairs[1]! };
}
