import type { LatticeEngine } from './lattice-engine.js';
import { keyLayout } from './lattice-keys.js';

/** The points of a filter in feature space: distances there are in units of the Gaussian's standard deviation. */
export interface LatticePoints {
  /** [count, dimensions] row by row, each already divided by its σ. Finite. */
  features: Float32Array;
  dimensions: number;
  /** Order in which the points are entered; points that follow each other should be close. Default: as they come. */
  order?: Uint32Array;
  /**
   * Whether to add the lattice points around the origin when the count is not a multiple of 4, as implementations do that fill up a block
   * of four with zeros. They hold nothing but pass values on in the blur. Default false.
   */
  phantomPoints?: boolean;
}

/**
 * High-dimensional Gaussian filtering by the permutohedral lattice (Adams, Baek, Davis 2010): y_i ≈ Σ_j exp(-‖f_i - f_j‖² / 2) x_j,
 * unnormalized, in time linear in the number of points. Holds memory of the engine until `dispose()`.
 *
 * @example
 * const engine = await LatticeEngine.start();
 * const lattice = new PermutohedralLattice(engine, { features, dimensions: 5 });
 * const filtered = lattice.filter(values, channels);
 * lattice.dispose();
 */
export class PermutohedralLattice {
  readonly count: number;
  readonly dimensions: number;
  /** How many lattice points the input touches. */
  readonly points: number;
  /** Address of the struct `Lattice` of assembly/filter.ts. @internal */
  readonly address: number;
  private blocks: number[] = [];
  private vertices = 0;
  private weights = 0;
  private entries = 0;
  private valuesAt = 0;

  /** @throws RangeError on features that are no finite numbers or too far apart, on wrong lengths, and where memory ends. */
  constructor(
    private readonly engine: LatticeEngine,
    { features, dimensions, order, phantomPoints = false }: LatticePoints,
  ) {
    if (!Number.isInteger(dimensions) || dimensions < 1)
      throw new RangeError(`dimensions is ${dimensions}, expected a whole number from 1.`);
    const count = features.length / dimensions;
    if (!Number.isInteger(count) || count === 0) {
      throw new RangeError(`features has ${features.length} numbers, expected [count, ${dimensions}] with a count from 1.`);
    }
    if (order && order.length !== count)
      throw new RangeError(`order has ${order.length} numbers, expected one for each of the ${count} points.`);
    this.count = count;
    this.dimensions = dimensions;
    engine.heap.require(PermutohedralLattice.bytesNeeded(count, dimensions), `A lattice of ${count} points with ${dimensions} features`);
    try {
      this.points = this.embed(features, order, phantomPoints);
      this.address = this.finish();
    } catch (error) {
      this.dispose();
      throw error;
    } finally {
      this.releaseBuild();
    }
  }

  /** Bytes that a lattice of so many input points needs at the least, before its lattice points are known. */
  static bytesNeeded(count: number, dimensions: number): number {
    return count * (dimensions + 1) * 16 + count * dimensions * 4;
  }

  /**
   * Filters interleaved values [count, channels]; the result has the same layout. `transposed` runs the blur in reverse: xᵀ·filter(y) =
   * yᵀ·filter(x, transposed) exactly but for rounding, while the filter itself is symmetric only as far as the lattice has no gaps.
   */
  filter(values: Float32Array, channels: number, { transposed = false } = {}): Float32Array<ArrayBuffer> {
    if (!Number.isInteger(channels) || channels < 1) throw new RangeError(`channels is ${channels}, expected a whole number from 1.`);
    if (values.length !== this.count * channels) {
      throw new RangeError(`values has ${values.length} numbers, expected [${this.count}, ${channels}] = ${this.count * channels}.`);
    }
    const { engine, count } = this;
    const { heap, team } = engine;
    const row = paddedRow(channels);
    this.reserveValues(row);
    const input = heap.allocate(2 * count * row);
    const output = input + count * row;
    try {
      heap.view(Float32Array, output, values.length).set(values);
      engine.call('pad', { source: output, target: input, count, channels, row, padding: 0 });
      engine.run('filter', { team, lattice: this.address, input, output, pixels: count, row, transposed: transposed ? 1 : 0 });
      engine.call('unpad', { source: output, target: output, count, channels, row });
      return heap.view(Float32Array, output, values.length).slice();
    } finally {
      heap.free(input);
    }
  }

  /** Makes room for rows of so many bytes on every lattice point. @internal */
  reserveValues(row: number): void {
    const { heap } = this.engine;
    if (this.valuesAt) heap.free(this.valuesAt);
    this.valuesAt = 0;
    this.valuesAt = heap.allocate(this.points * row);
    this.engine.write('Lattice', this.address, { values: this.valuesAt });
  }

  /** Multiplies what each point gives to the filter by before[n], and what it takes by after[n]. @internal */
  scale(before: Float32Array, after: Float32Array): void {
    const { heap } = this.engine;
    const { count, weights, entries } = this;
    const at = heap.allocate(8 * count);
    const factors = heap.view(Float32Array, at, 2 * count);
    factors.set(before);
    factors.set(after, count);
    this.engine.call('scaleWeights', { count, vertexCount: this.dimensions + 1, weights, entries, before: at, after: at + 4 * count });
    heap.free(at);
  }

  /** Frees the memory. */
  dispose(): void {
    if (this.valuesAt) this.blocks.push(this.valuesAt);
    for (const block of this.blocks) this.engine.heap.free(block);
    this.blocks = [];
    this.valuesAt = 0;
  }

  // ---- construction

  private build = 0;
  private temporary: number[] = [];
  private table = { tags: 0, indices: 0, keys: 0 };

  /** A new block, to be freed with the others of a list. */
  private allocate(bytes: number, list: number[]): number {
    const at = this.engine.heap.allocate(bytes);
    list.push(at);
    return at;
  }

  private releaseBuild(): void {
    for (const block of this.temporary) this.engine.heap.free(block);
    for (const block of Object.values(this.table)) if (block) this.engine.heap.free(block);
    this.temporary = [];
    this.table = { tags: 0, indices: 0, keys: 0 };
  }

  /** Finds the lattice points around every input point; returns how many there are. */
  private embed(features: Float32Array, order: Uint32Array | undefined, phantomPoints: boolean): number {
    const { engine, dimensions: d } = this;
    const { heap } = engine;
    const phantom = phantomPoints && this.count % 4 !== 0;
    const count = this.count + (phantom ? 1 : 0);
    const layout = keyLayout(features, d, phantom);
    this.vertices = this.allocate(count * (d + 1) * 4, this.blocks);
    this.weights = this.allocate(count * (d + 1) * 4, this.blocks);
    const featuresAt = this.allocate(count * d * 4, this.temporary);
    const all = heap.view(Float32Array, featuresAt, count * d);
    all.set(features);
    all.fill(0, features.length);
    let orderAt = 0;
    if (order) {
      orderAt = this.allocate(count * 4, this.temporary);
      const entered = heap.view(Uint32Array, orderAt, count);
      entered.set(order);
      if (phantom) entered[this.count] = this.count;
    }

    const words = layout.words;
    const copy = (array: Float32Array | Int32Array | BigUint64Array) => {
      const at = this.allocate(array.byteLength, this.temporary);
      heap.view(Uint8Array, at, array.byteLength).set(new Uint8Array(array.buffer));
      return at;
    };
    this.build = engine.struct('Build', {
      dimensions: d,
      words,
      scale: copy(layout.scale),
      wordOf: copy(layout.wordOf),
      shifts: copy(layout.shifts),
      origin: copy(layout.origin),
      steps: copy(layout.steps),
      scratch: this.allocate(20 * (d + 2) + 8 * words + 8, this.temporary),
      ...{ tags: 0, indices: 0, tableBits: 0, points: 0, limit: 0, keys: 0 },
    });
    this.temporary.push(this.build);

    let bits = Math.max(10, Math.ceil(Math.log2(this.count)));
    let done = 0;
    do {
      this.enlargeTable(bits++, words);
      const { build, vertices, weights } = this;
      done = engine.call('embed', { build, features: featuresAt, order: orderAt, from: done, count, vertices, weights });
    } while (done < count);
    // From here on the phantom is no input point any more: it only left its lattice points behind.
    return engine.read('Build', this.build, 'points');
  }

  /** A larger table, half of which may be filled. */
  private enlargeTable(tableBits: number, words: number): void {
    const { engine, build } = this;
    const { heap } = engine;
    const capacity = 2 ** tableBits;
    const limit = capacity / 2;
    const known = engine.read('Build', build, 'points');
    const old = { ...this.table };
    for (const block of [old.tags, old.indices]) if (block) heap.free(block);
    this.table.tags = 0;
    this.table.indices = 0;
    const keys = heap.allocate(limit * words * 8);
    if (old.keys) {
      heap.view(BigUint64Array, keys, known * words).set(heap.view(BigUint64Array, old.keys, known * words));
      heap.free(old.keys);
    }
    this.table.keys = keys;
    this.table.tags = heap.allocate(capacity * 8);
    this.table.indices = heap.allocate(capacity * 4);
    heap.view(BigUint64Array, this.table.tags, capacity).fill(0n);
    engine.write('Build', build, { ...this.table, tableBits, limit });
    engine.call('rehash', { build });
  }

  /** Neighbors along each axis, the transposed incidence, and the struct that holds it all. */
  private finish(): number {
    const { engine, build, count, points, vertices, weights } = this;
    const { heap } = engine;
    const vertexCount = this.dimensions + 1;
    const next = this.allocate(points * 4, this.temporary);
    const previous = this.allocate(points * 4, this.temporary);
    const chains: number[] = [];
    const lengths: number[] = [];
    for (let axis = 0; axis < vertexCount; axis++) {
      const length = engine.call('link', { build, axis, next, previous });
      const list = this.allocate(length * 4, this.blocks);
      engine.call('writeChains', { points, next, previous, chains: list });
      chains.push(list);
      lengths.push(length);
    }
    this.releaseBuild();

    const starts = this.allocate((points + 1) * 4, this.blocks);
    const entries = this.allocate(count * vertexCount * 8, this.blocks);
    this.entries = entries;
    heap.view(Uint32Array, starts, points + 1).fill(0);
    // Splatting, blurring along d + 1 linearly dependent axes and slicing overlap themselves: this much too large.
    const alpha = 1 / (1 + 2 ** -this.dimensions);
    engine.call('writeIncidence', { points, count, vertexCount, vertices, weights, starts, entries, alpha });

    const list = (numbers: number[]) => {
      const at = heap.words(numbers);
      this.blocks.push(at);
      return at;
    };
    const fields = { vertexCount, points, vertices, weights, starts, entries, values: 0 };
    const address = engine.struct('Lattice', { ...fields, chains: list(chains), chainLengths: list(lengths) });
    this.blocks.push(address);
    return address;
  }
}

/** Bytes of a row of so many float32 channels: whole groups of four. */
export function paddedRow(channels: number): number {
  return Math.ceil(channels / 4) * 16;
}
