import * as tf from '@tensorflow/tfjs-core';
import type { GoldenCase } from '@wsss/fixtures';
import type { ParameterSpec } from '@wsss/weights';
import { toTorch } from '@wsss/weights';

/** Largest accepted error relative to the largest recorded magnitude, where the case itself suggests less. */
const RELATIVE = { output: 2e-5, gradient: 1e-4 };

export interface Comparison {
  name: string;
  error: number;
  tolerance: number;
  passed: boolean;
}

/** Values, or a tensor that holds them. */
type Found = ArrayLike<number> | tf.Tensor;

/** Collects comparisons of one case's recorded numbers with ours. Tensors are read asynchronously, as WebGPU asks for: await {@link settled}. */
export class Check {
  readonly comparisons: Comparison[] = [];
  private readonly reading: Promise<void>[] = [];

  constructor(readonly golden: GoldenCase) {}

  /** Waits until all is compared. */
  async settled(): Promise<void> {
    await Promise.all(this.reading.splice(0));
  }

  private read(found: Found, compare: (values: ArrayLike<number>) => void): void {
    if (!(found instanceof tf.Tensor)) {
      compare(found);
      return;
    }
    const held = tf.keep(tf.clone(found)); // whoever made it may dispose of it before it is read
    this.reading.push(
      held
        .data()
        .then(compare)
        .finally(() => held.dispose()),
    );
  }

  /**
   * Compares values of one recorded tensor. The tolerance is the larger of what the case suggests and a fixed share of the largest
   * recorded magnitude: 2e-5 for results, 1e-4 for gradients.
   */
  values(name: string, found: Found, options: { reference?: ArrayLike<number>; relative?: number; absolute?: number } = {}): void {
    this.read(found, values => this.compare(name, values, options));
  }

  private compare(
    name: string,
    found: ArrayLike<number>,
    {
      reference = this.recorded(name).data,
      relative,
      absolute = 0,
    }: { reference?: ArrayLike<number>; relative?: number; absolute?: number },
  ): void {
    if (found.length !== reference.length) {
      this.add(`${name} (${found.length} values instead of ${reference.length})`, Number.POSITIVE_INFINITY, 0);
      return;
    }
    let error = 0;
    let largest = 0;
    for (let i = 0; i < reference.length; i++) {
      largest = Math.max(largest, Math.abs(reference[i]!));
      const difference = Math.abs(found[i]! - reference[i]!);
      error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
    }
    const gradient = /(^|\.)grad(_weight1)?(\.|$)/.test(name);
    const share = relative ?? (gradient ? RELATIVE.gradient : RELATIVE.output);
    this.add(name, error, Math.max(this.golden.tolerance[name]?.suggest_atol ?? 0, share * largest, absolute, 1e-12));
  }

  /** Compares a tensor of maps [B, h, w, C] with a recorded one in [B, C, h, w]. */
  maps(name: string, found: tf.Tensor, options?: { relative?: number }): void {
    const recordedOrder = tf.transpose(found, [0, 3, 1, 2]);
    this.values(name, recordedOrder, options);
    recordedOrder.dispose();
  }

  /** Compares a parameter, or its gradient, with one recorded in PyTorch's layout. */
  parameter(name: string, found: tf.Tensor, spec: ParameterSpec, options: { relative?: number } = {}): void {
    this.read(found, values => this.compare(name, toTorch(values as Float32Array, spec), options));
  }

  /** Compares a scalar with `values.<name>`, in float64 where that was recorded. */
  scalar(name: string, found: number | tf.Tensor, options: { relative?: number } = {}): void {
    const { values } = this.golden;
    const reference = values[`${name}.f64`] ?? values[name];
    if (reference === 'NaN') throw new Error(`values.${name} was recorded as NaN: compare it by hand`);
    this.values(name, typeof found === 'number' ? [found] : found, { reference: [reference], ...options });
  }

  /** Compares label maps: the share of different labels, none by default (or what float32 and float64 differ by). */
  labels(
    name: string,
    found: Found,
    { reference = this.recorded(name).data as ArrayLike<number>, accepted = 0 }: { reference?: ArrayLike<number>; accepted?: number } = {},
  ): void {
    this.read(found, values => {
      let different = values.length === reference.length ? 0 : Number.POSITIVE_INFINITY;
      for (let i = 0; i < reference.length; i++) if (values[i] !== reference[i]) different++;
      this.add(name, different / reference.length, Math.max(accepted, this.golden.tolerance[name]?.mismatch_fraction_f32_vs_f64 ?? 0));
    });
  }

  /** Compares 8-bit images: by the largest or by the mean absolute difference, in levels of 255. */
  bytes(name: string, found: Found, accepted: { largest: number } | { mean: number }): void {
    const reference = this.recorded(name).data;
    this.read(found, values => {
      let largest = values.length === reference.length ? 0 : Number.POSITIVE_INFINITY;
      let sum = largest;
      for (let i = 0; i < reference.length; i++) {
        const difference = Math.abs(values[i]! - reference[i]!);
        largest = Math.max(largest, difference);
        sum += difference;
      }
      if ('mean' in accepted) this.add(name, sum / reference.length, accepted.mean);
      else this.add(name, largest, accepted.largest);
    });
  }

  /** Notes a condition that must hold. */
  holds(name: string, condition: boolean): void {
    this.add(name, condition ? 0 : Number.POSITIVE_INFINITY, 0);
  }

  /** Notes that all values must be finite. */
  finite(name: string, found: tf.Tensor): void {
    this.read(found, values => this.holds(`${name} is finite`, Array.from(values).every(Number.isFinite)));
  }

  recorded(name: string) {
    const tensor = this.golden.tensors.get(name);
    if (!tensor) throw new Error(`recorded case ${this.golden.name} has no tensor ${name}`);
    return tensor;
  }

  private add(name: string, error: number, tolerance: number): void {
    this.comparisons.push({ name, error, tolerance, passed: error <= tolerance });
  }
}
