import * as tf from '@tensorflow/tfjs-core';
import { IGNORE } from '@wsss/cam';
import { graphsByShape } from '@wsss/engine/graphs';

import { interpolate } from '@wsss/ops';
import type { StateDict } from '@wsss/weights';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Schedule } from '../recipes/schedule.js';
import type { StepInputs } from './step-inputs.js';

/** Name of the count of moves among the teacher's tensors. */
const MOVES = 'moves';

/**
 * A second network that follows the one in training slowly. Its segmentation gives the labels of every other iteration, in turn with the
 * CAM's (after Yang et al., "Weakly Supervised Co-training with Swapping Assignments for Semantic Segmentation" (CoSA), ECCV 2024).
 */
export class SlowTeacher {
  private readonly graphs: ReturnType<typeof graphsByShape<[tf.Tensor4D, tf.Tensor2D, tf.Tensor3D]>>;
  private readonly settings: { momentum: number; certainty: number };
  private moves = 0;

  /** @param teacher a network as the student is, which this object then owns. */
  constructor(
    private readonly teacher: SegmentationNetwork,
    private readonly student: SegmentationNetwork,
    { momentum, certainty }: Recipe['slowTeacher'],
    engine: { canTrace: boolean },
  ) {
    this.settings = { momentum: momentum ?? 0, certainty };
    const labels = (...inputs: [tf.Tensor4D, tf.Tensor2D, tf.Tensor3D]) => [teacherLabels(teacher, ...inputs, certainty)];
    this.graphs = graphsByShape(labels, engine);
  }

  /** One move towards the student: at first the mean of all it has been, then a moving average by the momentum. */
  follow(): void {
    this.moves++;
    this.teacher.follow(this.student, Math.min(this.settings.momentum, 1 - 1 / this.moves));
  }

  /** Whether an iteration, counted from 0, is the teacher's: every other one, once its average holds segmentation that has been learned. */
  hasTurn(iteration: number, { segmentationAfter, classificationUntil }: Schedule): boolean {
    const begins = Math.max(segmentationAfter, classificationUntil) + Math.round(1 / (1 - this.settings.momentum));
    return iteration > begins && (iteration - begins) % 2 === 1;
  }

  /** Labels of a batch. int32 [B, S, S]: 0 = background, c + 1 = class c, 255 = ignored. */
  async labels({ view1, labels, inside }: StepInputs): Promise<tf.Tensor3D> {
    const [found] = await this.graphs.run(view1, labels, inside);
    return found as tf.Tensor3D;
  }

  /** What is saved, so that a run goes on as if it had never stopped. */
  async state(): Promise<StateDict> {
    const moves = { shape: [1], data: Float32Array.of(this.moves), dtype: 'float32' as const };
    return new Map([...(await this.teacher.toStateDict()), [MOVES, moves]]);
  }

  load(state: StateDict): void {
    const { [MOVES]: moves, ...tensors } = Object.fromEntries(state);
    this.teacher.load(new Map(Object.entries(tensors)), 'the slow teacher');
    this.moves = Number(moves!.data[0]);
  }

  dispose(): void {
    this.graphs.dispose();
    this.teacher.dispose();
  }
}

/** The teacher's segmentation among the image's classes and background, where it is certain. */
function teacherLabels(
  teacher: SegmentationNetwork,
  view1: tf.Tensor4D,
  labels: tf.Tensor2D,
  inside: tf.Tensor3D,
  certainty: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const [batch, height, width] = view1.shape;
    const logits = interpolate(teacher.segment(teacher.encoder.encode(view1)), [height, width], { mode: 'bilinear' });
    const possible = tf.reshape(tf.concat([tf.ones([batch, 1]), labels], 1), [batch, 1, 1, -1]);
    const probabilities = tf.softmax(tf.add(logits, tf.mul(tf.sub(possible, 1), 1e9)));
    const certain = tf.logicalAnd(tf.greaterEqual(tf.max(probabilities, 3), certainty), tf.greaterEqual(inside, 0.5));
    const winner = tf.cast(tf.argMax(probabilities, 3), 'int32');
    return tf.where(certain, winner, tf.fill(winner.shape, IGNORE, 'int32')) as tf.Tensor3D;
  });
}
