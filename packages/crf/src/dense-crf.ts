import { type Pixels, pixelFeatures, requireFinite, requireSize, tileOrder } from './image-features.js';
import type { LatticeEngine } from './lattice-engine.js';
import { type BilateralOptions, type GaussianOptions, type PairwiseOptions, PairwiseTerm } from './pairwise-term.js';
import { PermutohedralLattice, paddedRow } from './permutohedral-lattice.js';
import { labelEnergies, requireProbabilities } from './unary.js';

export interface DenseCrfShape {
  width: number;
  height: number;
  /** How many labels, from 2. */
  labels: number;
  /**
   * Adds the lattice points that four-at-a-time implementations add where the pixel count is no multiple of 4; see the README. Default
   * false.
   */
  phantomPoints?: boolean;
}

/** The parts of the mean-field free energy F(Q). */
export interface MeanFieldEnergy {
  /** Σ_i Σ_l Q_i(l) ψ_i(l) */
  unary: number;
  /** ½ Σ_k Σ_ij Σ_ll' Q_i(l) μ_k(l, l') k_k(f_i, f_j) Q_j(l') */
  pairwise: number;
  /** Σ_i Σ_l Q_i(l) ln Q_i(l) */
  negativeEntropy: number;
  /** The sum: KL(Q ‖ P) - ln Z, what mean-field inference lowers. */
  total: number;
}

/**
 * A fully connected CRF over the pixels of one image and its mean-field inference (Krähenbühl and Koltun 2011):
 *
 *     E(x) = Σ_i ψ_i(x_i) + Σ_{i<j} Σ_k μ_k(x_i, x_j) k_k(f_i, f_j)
 *     Q_i(l) ∝ exp(-ψ_i(l) - Σ_k Σ_l' μ_k(l, l') Σ_j k_k(f_i, f_j) Q_j(l'))
 *
 * Give it unary energies, then pairwise terms, then `infer`. Holds memory of its engine until `dispose()`.
 *
 * @example
 * const engine = await LatticeEngine.start();
 * const crf = new DenseCrf(engine, { width, height, labels: 21 });
 * crf.setProbabilities(probabilities);                                     // [height, width, 21]
 * crf.addGaussian({ sigmaXy: 1, compatibility: 1 });
 * crf.addBilateral(image, { sigmaXy: 121, sigmaRgb: 5, compatibility: 4 }); // [height, width, 3], 0..255
 * const refined = crf.infer(10);                                            // [height, width, 21]
 * crf.dispose();
 */
export class DenseCrf {
  readonly width: number;
  readonly height: number;
  readonly labels: number;
  private readonly pixels: number;
  private readonly row: number;
  private readonly phantomPoints: boolean;
  private readonly terms: PairwiseTerm[] = [];
  private blocks: number[] = [];
  private logits = 0;
  private probabilities = 0;
  private field = 0;
  private stage: 'empty' | 'ready' | 'started' | 'disposed' = 'empty';

  /** @throws RangeError on a size or number of labels that is none, and where WebAssembly memory cannot hold the image. */
  constructor(
    private readonly engine: LatticeEngine,
    { width, height, labels, phantomPoints = false }: DenseCrfShape,
  ) {
    requireSize(width, height);
    if (!Number.isInteger(labels) || labels < 2)
      throw new RangeError(`labels is ${labels}, expected a whole number from 2: with one label there is nothing to infer.`);
    this.width = width;
    this.height = height;
    this.labels = labels;
    this.pixels = width * height;
    this.row = paddedRow(labels);
    this.phantomPoints = phantomPoints;
    engine.heap.require(2 * this.pixels * this.row, `A dense CRF of ${width}×${height} pixels with ${labels} labels`);
  }

  // ---- unary energies

  /**
   * ψ_i(l) = -ln(min(max(p_i(l), clip), 1)).
   *
   * @param probabilities [height, width, labels], in 0..1. Exact zeros are what `clip` is for.
   * @param options `clip`: lowest probability, default 1e-5. `scale`: p ← scale·p + (1 - scale) / labels first, default 1.
   * @throws RangeError on wrong lengths, and on the first number that is NaN, negative or above 1.
   */
  setProbabilities(probabilities: Float32Array, { clip = 1e-5, scale = 1 }: { clip?: number; scale?: number } = {}): void {
    this.requireLength('probabilities', probabilities.length);
    if (!(clip >= 1e-30 && clip < 1)) throw new RangeError(`clip is ${clip}, expected a number from 1e-30 to below 1.`);
    if (!(scale > 0 && scale <= 1)) throw new RangeError(`scale is ${scale}, expected a number above 0, at most 1.`);
    requireProbabilities(probabilities, this.labels, this.width);
    this.reserve();
    // The room for Q serves as a workbench.
    const bench = this.engine.heap.view(Float32Array, this.probabilities, probabilities.length);
    bench.set(probabilities);
    if (scale !== 1) for (let i = 0; i < bench.length; i++) bench[i] = scale * bench[i]! + (1 - scale) / this.labels;
    this.engine.call('logarithms', { values: this.probabilities, count: probabilities.length, clip });
    this.takeLogits();
  }

  /**
   * ψ from labels that are right with probability `confidence`: -ln(confidence) for the given label, -ln((1 - confidence) / (labels - 1))
   * for the others; every label alike where the label is `unsure`.
   *
   * @param labels [height, width], 0..labels - 1 or `unsure`.
   * @param options `confidence`: above 0, below 1. `unsure`: which number means that the label is not known, default 255.
   */
  setLabels(labels: ArrayLike<number>, { confidence, unsure = 255 }: { confidence: number; unsure?: number }): void {
    this.setEnergies(labelEnergies(labels, { count: this.labels, width: this.width, height: this.height, confidence, unsure }));
  }

  /** ψ as it is: [height, width, labels], finite. */
  setEnergies(energies: Float32Array): void {
    this.requireLength('energies', energies.length);
    requireFinite('energies', energies);
    this.reserve();
    const bench = this.engine.heap.view(Float32Array, this.probabilities, energies.length);
    for (let i = 0; i < bench.length; i++) bench[i] = -energies[i]!;
    this.takeLogits();
  }

  // ---- pairwise terms

  /** Adds a smoothness term: k(i, j) = exp(-|p_i - p_j|² / 2σ_xy²). */
  addGaussian({ sigmaXy, ...options }: GaussianOptions): void {
    this.requireRoom(2);
    this.addPairwise({ ...pixelFeatures(this.width, this.height, sigmaXy), ...options });
  }

  /**
   * Adds an appearance term: k(i, j) = exp(-|p_i - p_j|² / 2σ_xy² - |I_i - I_j|² / 2σ_rgb²).
   *
   * @param image [height, width, channels], 0..255 where σ_rgb is on that scale.
   */
  addBilateral(image: Pixels, { sigmaXy, sigmaRgb, ...options }: BilateralOptions): void {
    this.requireRoom(2 + Math.round(image.length / this.pixels));
    this.addPairwise({ ...pixelFeatures(this.width, this.height, sigmaXy, image, sigmaRgb), ...options });
  }

  /** Adds a Gaussian term on any features: [height, width, dimensions], each divided by its σ. */
  addPairwise({ features, dimensions, ...options }: PairwiseOptions & { features: Float32Array; dimensions: number }): void {
    this.requireAlive();
    if (features.length !== this.pixels * dimensions) {
      throw new RangeError(
        `features has ${features.length} numbers, expected [${this.height}, ${this.width}, ${dimensions}] = ${this.pixels * dimensions}.`,
      );
    }
    this.requireRoom(dimensions);
    const points = { features, dimensions, order: tileOrder(this.width, this.height), phantomPoints: this.phantomPoints };
    this.terms.push(new PairwiseTerm(this.engine, points, options, this.labels, this.row));
    this.stage = this.stage === 'started' ? 'ready' : this.stage;
    this.forgetField();
  }

  // ---- inference

  /** Q after `iterations` updates from softmax(-ψ): [height, width, labels]. */
  infer(iterations: number): Float32Array<ArrayBuffer> {
    this.start();
    this.step(iterations);
    return this.result();
  }

  /** Sets Q to softmax(-ψ), as before the first update. */
  start(): void {
    if (this.stage === 'empty') throw new Error('The CRF has no unary energies: call setProbabilities, setLabels or setEnergies first.');
    this.requireAlive();
    this.prepareField();
    this.engine.run('start', { field: this.field });
    this.stage = 'started';
  }

  /** Updates Q so many times more. */
  step(iterations = 1): void {
    if (!Number.isInteger(iterations) || iterations < 0)
      throw new RangeError(`iterations is ${iterations}, expected a whole number from 0.`);
    this.requireStarted();
    if (iterations > 0) this.engine.run('iterate', { field: this.field, steps: iterations });
  }

  /** Q as it is now: [height, width, labels]. */
  result(): Float32Array<ArrayBuffer> {
    this.requireStarted();
    const { heap } = this.engine;
    const { pixels, labels, row } = this;
    const at = heap.allocate(pixels * row);
    this.engine.call('unpad', { source: this.probabilities, target: at, count: pixels, channels: labels, row });
    const result = heap.view(Float32Array, at, pixels * labels).slice();
    heap.free(at);
    return result;
  }

  /** The most probable label of each pixel, [height, width]; the lower one of equals. */
  labeling(): Int32Array<ArrayBuffer> {
    this.requireStarted();
    const row = this.row / 4;
    const q = this.engine.heap.view(Float32Array, this.probabilities, this.pixels * row);
    const labels = new Int32Array(this.pixels);
    for (let n = 0; n < this.pixels; n++) {
      let best = n * row;
      for (let i = best + 1; i < n * row + this.labels; i++) if (q[i]! > q[best]!) best = i;
      labels[n] = best - n * row;
    }
    return labels;
  }

  /** The free energy of Q as it is now. */
  energy(): MeanFieldEnergy {
    this.requireStarted();
    const { engine, field } = this;
    const unary = engine.call('unaryEnergy', { field });
    const negativeEntropy = engine.call('negativeEntropy', { field });
    const pairwise = engine.run('pairwiseEnergy', { field });
    return { unary, pairwise, negativeEntropy, total: unary + pairwise + negativeEntropy };
  }

  /** Frees the memory. The CRF cannot be used afterwards. */
  dispose(): void {
    if (this.stage === 'disposed') return;
    this.forgetField();
    for (const term of this.terms) term.dispose();
    for (const block of this.blocks) this.engine.heap.free(block);
    this.blocks = [];
    this.stage = 'disposed';
  }

  // ---- memory

  private reserve(): void {
    this.requireAlive();
    if (this.logits) return;
    this.logits = this.engine.heap.allocate(this.pixels * this.row);
    this.blocks.push(this.logits);
    this.probabilities = this.engine.heap.allocate(this.pixels * this.row);
    this.blocks.push(this.probabilities);
  }

  private takeLogits(): void {
    const { probabilities, logits, pixels, labels, row } = this;
    this.engine.call('pad', { source: probabilities, target: logits, count: pixels, channels: labels, row, padding: -1e30 });
    this.stage = 'ready';
  }

  private fieldBlocks: number[] = [];

  private prepareField(): void {
    if (this.field) return;
    const { engine, pixels, labels, row, logits, probabilities } = this;
    const { heap, team, threads } = engine;
    const kernels = heap.words(this.terms.map(term => term.address));
    const scratch = heap.allocate(2 * row * threads);
    const kernelCount = this.terms.length;
    this.field = engine.struct('MeanField', { team, pixels, labels, row, logits, probabilities, kernels, kernelCount, scratch });
    this.fieldBlocks = [kernels, scratch, this.field];
  }

  private forgetField(): void {
    for (const block of this.fieldBlocks) this.engine.heap.free(block);
    this.fieldBlocks = [];
    this.field = 0;
  }

  private requireAlive(): void {
    if (this.stage === 'disposed') throw new Error('The CRF is disposed.');
  }

  /** Refuses, before anything large is made, a term that memory cannot hold beside the rest. */
  private requireRoom(dimensions: number): void {
    this.requireAlive();
    const rows = this.logits ? 0 : 2 * this.pixels * this.row;
    this.engine.heap.require(
      rows + PermutohedralLattice.bytesNeeded(this.pixels, dimensions),
      `A dense CRF of ${this.width}×${this.height} pixels with ${this.labels} labels and ${dimensions}-dimensional features`,
    );
  }

  private requireStarted(): void {
    this.requireAlive();
    if (this.stage !== 'started')
      throw new Error('The inference has not started: call start() or infer() first, again after a change of the CRF.');
  }

  private requireLength(name: string, length: number): void {
    const expected = this.pixels * this.labels;
    if (length !== expected)
      throw new RangeError(`${name} has ${length} numbers, expected [${this.height}, ${this.width}, ${this.labels}] = ${expected}.`);
  }
}
