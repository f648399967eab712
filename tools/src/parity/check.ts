import * as tf from '@tensorflow/tfjs-core';
import { type GoldenCase, goldenMaps, goldenTensor } from '@wsss/fixtures';
import type { SegmentationNetwork } from '@wsss/pipelines';
import { type ParameterSpec, type Parameters, toTorch } from '@wsss/weights';

export interface Comparison {
  name: string;
  error: number;
  tolerance: number;
  passed: boolean;
}

/** Values, or a tensor that holds them: one of rank 4 is [B, h, w, C], recorded in [B, C, h, w]. */
type Found = ArrayLike<number> | tf.Tensor;

/** What is compared for recorded cases, by their names. */
export type Cases = Record<string, (check: Check) => void | Promise<void>>;

/** What is trained, under its recorded names. */
type Trained = Pick<SegmentationNetwork, 'trainable' | 'spec'>;

/** A model's parameters, under their own names. */
export const trainedBy = (parameters: Parameters): Trained => ({
  trainable: () => parameters.trainable(),
  spec: name => parameters.specs.find(spec => spec.name === name)!,
});

interface Tolerance {
  /** Share of the largest recorded magnitude. */
  relative?: number;
  absolute?: number;
}

/** Comparisons of one case's recorded numbers with ours. Tensors are read asynchronously, as WebGPU asks for: await {@link settled}. */
export class Check {
  readonly comparisons: Comparison[] = [];
  readonly settings: GoldenCase['settings'];
  private readonly reading: Promise<void>[] = [];

  constructor(readonly golden: GoldenCase) {
    this.settings = golden.settings;
  }

  /** Waits until all is compared. */
  async settled(): Promise<void> {
    await Promise.all(this.reading.splice(0));
  }

  recorded(name: string) {
    const tensor = this.golden.tensors.get(name);
    if (!tensor) throw new Error(`recorded case ${this.golden.name} has no tensor ${name}`);
    return tensor;
  }

  has(name: string): boolean {
    return this.golden.tensors.has(name);
  }

  /** A recorded tensor with its shape as it is. */
  tensor<R extends tf.Rank = tf.Rank>(name: string): tf.Tensor<R> {
    return goldenTensor<R>(this.golden, name);
  }

  /** A recorded tensor of maps [B, C, h, w] as [B, h, w, C], float32. */
  maps(name: string): tf.Tensor4D {
    return goldenMaps(this.golden, name);
  }

  /** Height and width of recorded maps. */
  sizeOf(name: string): [height: number, width: number] {
    return this.recorded(name).shape.slice(2) as [number, number];
  }

  /**
   * Compares values of one recorded tensor. The tolerance is the larger of what the case suggests and a fixed share of the largest
   * recorded magnitude: 2e-5 for results, 1e-4 for gradients.
   */
  values(
    name: string,
    found: Found,
    { reference = this.recorded(name).data, relative, absolute = 0 }: Tolerance & { reference?: ArrayLike<number> } = {},
  ): void {
    const share = relative ?? (/(^|\.)grad(_weight1)?(\.|$)/.test(name) ? 1e-4 : 2e-5);
    this.read(found, values => {
      const { largest, magnitude } = distance(values, reference);
      const title = values.length === reference.length ? name : `${name} (${values.length} values instead of ${reference.length})`;
      this.add(title, largest, Math.max(this.golden.tolerance[name]?.suggest_atol ?? 0, share * magnitude, absolute, 1e-12));
    });
  }

  /** Compares a parameter, or its gradient, with one recorded in PyTorch's layout. */
  parameter(name: string, found: tf.Tensor, spec: ParameterSpec, tolerance: Tolerance = {}): void {
    this.read(found, values => this.values(name, toTorch(values as Float32Array, spec), tolerance), false);
  }

  /** Compares a scalar with `values.<name>`, in float64 where that was recorded. */
  scalar(name: string, found: number | tf.Tensor, tolerance: Tolerance = {}): void {
    const { values } = this.golden;
    const reference = values[`${name}.f64`] ?? values[name];
    if (reference === 'NaN') throw new Error(`values.${name} was recorded as NaN: compare it by hand`);
    this.values(name, typeof found === 'number' ? [found] : found, { reference: [reference], ...tolerance });
  }

  /**
   * Compares a loss with `<prefix>loss`, and its gradients, of the inputs and of what is trained, with `<prefix>grad.<name>`.
   *
   * @returns the gradients of the inputs
   */
  loss<T extends tf.Tensor>(
    compute: (inputs: Record<string, T>) => tf.Scalar,
    inputs: Record<string, T>,
    { trained, prefix = '', ...tolerance }: Tolerance & { trained?: Trained; prefix?: string } = {},
  ): Record<string, tf.Tensor> {
    const names = Object.keys(inputs);
    const { value, grads } = tf.valueAndGrads((...given) => compute(Object.fromEntries(names.map((name, i) => [name, given[i] as T]))))(
      Object.values(inputs),
    );
    this.scalar(`${prefix}loss`, value, tolerance);
    const ofInputs = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    for (const [name, gradient] of Object.entries(ofInputs))
      if (this.has(`${prefix}grad.${name}`)) this.values(`${prefix}grad.${name}`, gradient);
    if (trained) this.gradients(tf.variableGrads(() => compute(inputs), [...trained.trainable().values()]).grads, trained, prefix);
    return ofInputs;
  }

  /** Compares gradients by the names of their variables with those recorded as `<prefix>grad.<name>`. */
  gradients(found: Record<string, tf.Tensor>, trained: Trained, prefix = ''): void {
    for (const [name, variable] of trained.trainable())
      if (this.has(`${prefix}grad.${name}`)) this.parameter(`${prefix}grad.${name}`, found[variable.name]!, trained.spec(name));
  }

  /** Compares what a model makes of its inputs, and the loss and gradients of its outputs weighed by the recorded `proj.<output>`. */
  model(
    compute: (inputs: Record<string, tf.Tensor4D>) => Record<string, tf.Tensor>,
    inputs: Record<string, tf.Tensor4D>,
    trained: Trained,
  ): Record<string, tf.Tensor> {
    for (const [name, output] of Object.entries(compute(inputs))) this.values(name, output);
    const weighed = ([name, output]: [string, tf.Tensor]) =>
      tf.sum(tf.mul(output, output.rank === 4 ? this.maps(`proj.${name}`) : this.tensor(`proj.${name}`)));
    return this.loss(given => tf.addN(Object.entries(compute(given)).map(weighed)) as tf.Scalar, inputs, { trained });
  }

  /** Compares label maps: the share of different labels, none by default (or what float32 and float64 differ by). */
  labels(
    name: string,
    found: Found,
    { reference = this.recorded(name).data, accepted = 0 }: { reference?: ArrayLike<number>; accepted?: number } = {},
  ): void {
    const tolerance = Math.max(accepted, this.golden.tolerance[name]?.mismatch_fraction_f32_vs_f64 ?? 0);
    this.read(found, values => this.add(name, distance(values, reference).different, tolerance));
  }

  /** Compares 8-bit images: by the largest or by the mean absolute difference, in levels of 255. */
  bytes(name: string, found: Found, by: 'largest' | 'mean', accepted: number): void {
    this.read(found, values => this.add(name, distance(values, this.recorded(name).data)[by], accepted));
  }

  /** Notes a condition that must hold. */
  holds(name: string, condition: boolean): void {
    this.add(name, condition ? 0 : Number.POSITIVE_INFINITY, 0);
  }

  /** Notes that all values must be finite. */
  finite(name: string, found: tf.Tensor): void {
    this.read(found, values => this.holds(`${name} is finite`, Array.from(values).every(Number.isFinite)));
  }

  private read(found: Found, compare: (values: ArrayLike<number>) => void, maps = true): void {
    if (!(found instanceof tf.Tensor)) {
      compare(found);
      return;
    }
    // Whoever made it may dispose of it before it is read.
    const held = tf.keep(maps && found.rank === 4 ? tf.transpose(found, [0, 3, 1, 2]) : tf.clone(found));
    this.reading.push(
      held
        .data()
        .then(compare)
        .finally(() => held.dispose()),
    );
  }

  private add(name: string, error: number, tolerance: number): void {
    this.comparisons.push({ name, error, tolerance, passed: error <= tolerance });
  }
}

/** How far values are from others: the largest and the mean difference, and the share of different ones; the others' largest magnitude. */
function distance(found: ArrayLike<number>, reference: ArrayLike<number>) {
  const missing = found.length === reference.length ? 0 : Number.POSITIVE_INFINITY;
  let [largest, sum, different, magnitude] = [missing, missing, missing, 0];
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs(found[i]! - reference[i]!);
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
    sum += difference;
    if (found[i] !== reference[i]) different++;
    magnitude = Math.max(magnitude, Math.abs(reference[i]!));
  }
  return { largest, mean: sum / reference.length, different: different / reference.length, magnitude };
}
