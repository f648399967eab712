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

/** Collects comparisons of one case's recorded numbers with ours. */
export class Check {
  readonly comparisons: Comparison[] = [];

  constructor(readonly golden: GoldenCase) {}

  /**
   * Compares values of one recorded tensor. The tolerance is the larger of what the case suggests and a fixed share of the largest
   * recorded magnitude: 2e-5 for results, 1e-4 for gradients.
   */
  values(
    name: string,
    found: ArrayLike<number>,
    {
      reference = this.recorded(name).data,
      relative,
      absolute = 0,
    }: { reference?: ArrayLike<number>; relative?: number; absolute?: number } = {},
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
    this.values(
      name,
      tf.tidy(() => tf.transpose(found, [0, 3, 1, 2]).dataSync()),
      options,
    );
  }

  /** Compares a tensor value by value, whatever its shape. */
  tensor(name: string, found: tf.Tensor, options?: { relative?: number }): void {
    this.values(name, found.dataSync(), options);
  }

  /** Compares a parameter, or its gradient, with one recorded in PyTorch's layout. */
  parameter(name: string, found: tf.Tensor, spec: ParameterSpec): void {
    this.values(name, toTorch(found.dataSync() as Float32Array, spec));
  }

  /** Compares a scalar with `values.<name>`, in float64 where that was recorded. */
  scalar(name: string, found: number, options: { relative?: number } = {}): void {
    const { values } = this.golden;
    const reference = values[`${name}.f64`] ?? values[name];
    if (reference === 'NaN') throw new Error(`values.${name} was recorded as NaN: compare it by hand`);
    this.values(name, [found], { reference: [reference], ...options });
  }

  /** Compares label maps: the share of different labels, none by default (or what float32 and float64 differ by). */
  labels(
    name: string,
    found: ArrayLike<number>,
    { reference = this.recorded(name).data as ArrayLike<number>, accepted = 0 }: { reference?: ArrayLike<number>; accepted?: number } = {},
  ): void {
    let different = found.length === reference.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < reference.length; i++) if (found[i] !== reference[i]) different++;
    this.add(name, different / reference.length, Math.max(accepted, this.golden.tolerance[name]?.mismatch_fraction_f32_vs_f64 ?? 0));
  }

  /** Compares 8-bit images: by the largest or by the mean absolute difference, in levels of 255. */
  bytes(name: string, found: ArrayLike<number>, accepted: { largest: number } | { mean: number }): void {
    const reference = this.recorded(name).data;
    let largest = found.length === reference.length ? 0 : Number.POSITIVE_INFINITY;
    let sum = largest;
    for (let i = 0; i < reference.length; i++) {
      const difference = Math.abs(found[i]! - reference[i]!);
      largest = Math.max(largest, difference);
      sum += difference;
    }
    if ('mean' in accepted) this.add(name, sum / reference.length, accepted.mean);
    else this.add(name, largest, accepted.largest);
  }

  /** Notes a condition that must hold. */
  holds(name: string, condition: boolean): void {
    this.add(name, condition ? 0 : Number.POSITIVE_INFINITY, 0);
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
