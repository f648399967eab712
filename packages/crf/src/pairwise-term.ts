import { type Compatibility, compatibilityTable } from './compatibility.js';
import type { BilateralScale } from './image-features.js';
import type { LatticeEngine } from './lattice-engine.js';
import { type LatticePoints, PermutohedralLattice } from './permutohedral-lattice.js';

/** How a kernel matrix K is normalized, with D = diag(K·1): `symmetric` D^-½ K D^-½ (usual), `before` K D^-1, `after` D^-1 K, `none` K. */
export type Normalization = 'symmetric' | 'before' | 'after' | 'none';

/** What every pairwise term has. */
export interface PairwiseOptions {
  /** Default weight 1. */
  compatibility?: Compatibility;
  /** Default `symmetric`. */
  normalization?: Normalization;
}

export interface GaussianOptions extends PairwiseOptions {
  /** Standard deviation of the position in pixels; [x, y] where they differ. */
  sigmaXy: BilateralScale['sigmaXy'];
}

export interface BilateralOptions extends PairwiseOptions, BilateralScale {}

/** A pairwise term in the memory of an engine: a lattice whose weights hold the normalization, and what labels pay. */
export class PairwiseTerm {
  /** Address of the struct `Kernel` of assembly/mean-field.ts. */
  readonly address: number;
  private readonly lattice: PermutohedralLattice;
  private readonly blocks: number[] = [];

  /** @param row bytes of a padded row of labels. */
  constructor(
    private readonly engine: LatticeEngine,
    points: LatticePoints,
    { compatibility = 1, normalization = 'symmetric' }: PairwiseOptions,
    labels: number,
    row: number,
  ) {
    const { kind, weight, values } = compatibilityTable(compatibility, labels, row / 4);
    const { heap } = engine;
    this.lattice = new PermutohedralLattice(engine, points);
    try {
      normalize(this.lattice, normalization, weight);
      this.lattice.reserveValues(row);
      let table = 0;
      if (values) {
        table = heap.allocate(4 * values.length);
        this.blocks.push(table);
        heap.view(Float32Array, table, values.length).set(values);
      }
      this.address = engine.struct('Kernel', { lattice: this.lattice.address, kind, table });
      this.blocks.push(this.address);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.lattice.dispose();
    for (const block of this.blocks) this.engine.heap.free(block);
  }
}

/** Puts normalization and weight into the weights of the lattice, so that inference does not see them. */
function normalize(lattice: PermutohedralLattice, normalization: Normalization, weight: number): void {
  if (!['symmetric', 'before', 'after', 'none'].includes(normalization)) {
    throw new RangeError(`normalization is ${normalization}, expected symmetric, before, after or none.`);
  }
  const before = new Float32Array(lattice.count).fill(1);
  const after = new Float32Array(lattice.count).fill(weight);
  if (normalization !== 'none') {
    const sums = lattice.filter(before, 1);
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i]! + 1e-20;
      if (normalization === 'symmetric') {
        before[i] = 1 / Math.sqrt(sum);
        after[i] = weight / Math.sqrt(sum);
      } else if (normalization === 'before') before[i] = 1 / sum;
      else after[i] = weight / sum;
    }
  }
  lattice.scale(before, after);
}
