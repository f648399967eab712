/** What the filter of the dense-energy loss is asked: `bilateralFilter` of @wsss/crf takes it as it is. */
export interface BilateralFilterRequest extends Required<Pick<DenseEnergySettings, 'sigmaRgb' | 'phantomPoints'>> {
  /** float32 [batch, height, width, 3], 0..255 */
  images: Float32Array;
  /** float32 [batch, height, width, channels] */
  values: Float32Array;
  batch: number;
  height: number;
  width: number;
  channels: number;
  /** In pixels of these images. */
  sigmaXy: number;
}

/**
 * y_i = Σ_j exp(−|p_i − p_j|² / 2σ_xy² − |I_i − I_j|² / 2σ_rgb²) x_j, per image and channel, not normalized.
 * It gives float32 [batch, height, width, channels].
 */
export type BilateralFilter = (request: BilateralFilterRequest) => Float32Array;

export interface DenseEnergySettings {
  /** Standard deviation of the color, 0..255. Default 15. */
  sigmaRgb?: number;
  /** Standard deviation of the position in pixels of the full size. Default 100. */
  sigmaXy?: number;
  /** Lattice points that four-at-a-time implementations add where the pixel count is no multiple of 4. Default false. */
  phantomPoints?: boolean;
}

export interface DenseEnergyInput {
  /** float32 [batch, h, w, classes], 0..1: the probabilities at the size the loss is computed at. */
  probabilities: ArrayLike<number>;
  size: readonly [h: number, w: number];
  classes: number;
  batch: number;
  /** [batch, H, W, 3], 0..255, at full size. */
  images: ArrayLike<number>;
  imageSize: readonly [H: number, W: number];
  /** Of [batch, 4]: the valid rows and columns of each image, [top, bottom, left, right), in pixels of the full size. Default: all. */
  boxes?: ArrayLike<number>;
  /** Of [batch, H, W]: labels at full size; 255 = not known. Default: all known. */
  labels?: ArrayLike<number>;
}

/** The label of pixels whose class is not known. */
const UNKNOWN = 255;

/**
 * What each probability of the dense-energy loss is weighed with, computed from plain arrays on the processor. With p the probabilities,
 * box the 0/1 mask of valid pixels and K the bilateral filter,
 *
 * `affinity = gate · box · K(p · box)`, `gate = max(box − max_l p(l), 0)`, or 1 where the label is 255.
 *
 * Images, boxes and labels are sampled at ⌊i · H / h⌋, and the position's σ shrinks with the size.
 *
 * @param filter The bilateral filter, such as `request => bilateralFilter(engine, request)` of @wsss/crf.
 * @returns float32 [batch, h, w, classes], for {@link denseEnergyLoss}.
 * @throws RangeError if a length does not fit its shape.
 *
 * @example
 * const probabilities = scaledProbabilities(logits);
 * const [batch, h, w, classes] = probabilities.shape;
 * const input = { probabilities: await probabilities.data(), batch, size: [h, w], classes, images, imageSize: [448, 448] } as const;
 * const affinity = denseEnergyAffinity(input, filter);
 */
export function denseEnergyAffinity(input: DenseEnergyInput, filter: BilateralFilter, settings: DenseEnergySettings = {}): Float32Array {
  const { probabilities, classes, batch, images, boxes, labels } = input;
  const { sigmaRgb = 15, sigmaXy = 100, phantomPoints = false } = settings;
  const [h, w] = input.size;
  const [H, W] = input.imageSize;
  requireLength('probabilities', probabilities, [batch, h, w, classes]);
  requireLength('images', images, [batch, H, W, 3]);
  if (boxes) requireLength('boxes', boxes, [batch, 4]);
  if (labels) requireLength('labels', labels, [batch, H, W]);

  const rows = nearestSamples(H, h);
  const columns = nearestSamples(W, w);
  const colors = new Float32Array(batch * h * w * 3);
  const valid = new Float32Array(probabilities.length);
  // gate · box of each pixel
  const factors = new Float32Array(batch * h * w);
  let pixel = 0;
  for (let b = 0; b < batch; b++) {
    const [top, bottom, left, right] = boxes ? [0, 1, 2, 3].map(i => boxes[4 * b + i]!) : [0, H, 0, W];
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++, pixel++) {
        const source = (b * H + rows[y]!) * W + columns[x]!;
        for (let c = 0; c < 3; c++) colors[3 * pixel + c] = images[3 * source + c]!;
        if (rows[y]! < top! || rows[y]! >= bottom! || columns[x]! < left! || columns[x]! >= right!) continue;
        let highest = 0;
        for (let i = pixel * classes; i < (pixel + 1) * classes; i++) {
          const p = probabilities[i]!;
          valid[i] = p;
          if (p > highest) highest = p;
        }
        factors[pixel] = labels?.[source] === UNKNOWN ? 1 : Math.max(1 - highest, 0);
      }
    }
  }

  const filtered = filter({
    images: colors,
    values: valid,
    batch,
    height: h,
    width: w,
    channels: classes,
    sigmaXy: (sigmaXy * h) / H,
    sigmaRgb,
    phantomPoints,
  });
  const affinity = new Float32Array(filtered.length);
  for (let i = 0, n = 0; n < factors.length; n++) for (const end = i + classes; i < end; i++) affinity[i] = factors[n]! * filtered[i]!;
  return affinity;
}

/** ⌊i · size / samples⌋ in float32, as nearest-neighbor resizing rounds. */
function nearestSamples(size: number, samples: number): Int32Array {
  const scale = Math.fround(size / samples);
  return Int32Array.from({ length: samples }, (_, i) => Math.min(Math.floor(Math.fround(i * scale)), size - 1));
}

function requireLength(name: string, values: ArrayLike<number>, shape: number[]): void {
  const expected = shape.reduce((a, b) => a * b);
  if (values.length !== expected || expected === 0) {
    throw new RangeError(`denseEnergyAffinity: ${name} has ${values.length} numbers, expected [${shape}] = ${expected} and not 0.`);
  }
}
