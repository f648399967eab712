// The permutohedral lattice filter once more, as the paper describes it: plain JavaScript, one number at a time, no table built ahead. What
// the tests hold the compiled lattice against, and the yardstick of the benchmark, whose code must therefore stay as it is.

/**
 * Filters interleaved values [count, channels] at the given features [count, dimensions].
 *
 * @param phantomPoints As in {@link LatticePoints}.
 */
export function filterByScalarReference(
  features: Float32Array,
  dimensions: number,
  values: Float32Array,
  channels: number,
  { phantomPoints = false } = {},
): Float32Array {
  const d = dimensions;
  const count = features.length / d;
  const index = new Map<string, number>();
  const keys: Int32Array[] = [];
  const vertices = new Int32Array(count * (d + 1));
  const weights = new Float32Array(count * (d + 1));

  const enter = (key: Int32Array): number => {
    const name = key.join();
    const known = index.get(name);
    if (known !== undefined) return known;
    keys.push(key);
    index.set(name, keys.length - 1);
    return keys.length - 1;
  };
  for (let n = 0; n < count; n++) {
    const simplex = enclosingSimplex(features.subarray(n * d, (n + 1) * d));
    simplex.keys.forEach((key, r) => {
      vertices[n * (d + 1) + r] = enter(key);
      weights[n * (d + 1) + r] = simplex.weights[r]!;
    });
  }
  if (phantomPoints && count % 4 !== 0) enclosingSimplex(new Float32Array(d)).keys.forEach(enter);

  let lattice = new Float32Array(keys.length * channels);
  for (let n = 0; n < count; n++) {
    for (let r = 0; r <= d; r++) {
      const at = vertices[n * (d + 1) + r]! * channels;
      const weight = weights[n * (d + 1) + r]!;
      for (let c = 0; c < channels; c++) lattice[at + c]! += weight * values[n * channels + c]!;
    }
  }
  for (let axis = 0; axis <= d; axis++) {
    const blurred = lattice.slice();
    keys.forEach((key, i) => {
      for (const direction of [1, -1]) {
        const neighbor = index.get(key.map((k, j) => k + direction * (j === axis ? -d : 1)).join());
        if (neighbor === undefined) continue;
        for (let c = 0; c < channels; c++) blurred[i * channels + c]! += lattice[neighbor * channels + c]! / 2;
      }
    });
    lattice = blurred;
  }
  const result = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let r = 0; r <= d; r++) {
      const at = vertices[n * (d + 1) + r]! * channels;
      const weight = weights[n * (d + 1) + r]! / (1 + 2 ** -d);
      for (let c = 0; c < channels; c++) result[n * channels + c]! += weight * lattice[at + c]!;
    }
  }
  return result;
}

/**
 * The d + 1 lattice points around a feature vector, by their first d coordinates, and its barycentric coordinates. All arithmetic is
 * float32.
 */
function enclosingSimplex(feature: Float32Array): { keys: Int32Array[]; weights: Float32Array } {
  const d = feature.length;
  const f = Math.fround;
  const deviation = f(Math.sqrt(2 / 3) * (d + 1));
  const elevated = new Float32Array(d + 1);
  let sum = 0;
  for (let j = d; j > 0; j--) {
    const x = f(feature[j - 1]! * f((1 / Math.sqrt(j * (j + 1))) * deviation));
    elevated[j] = sum - f(j * x);
    sum = f(sum + x);
  }
  elevated[0] = sum;

  const origin = new Int32Array(d + 1);
  let total = 0;
  for (let i = 0; i <= d; i++) {
    const rounded = roundHalfToEven(f(elevated[i]! * f(1 / (d + 1))));
    origin[i] = rounded * (d + 1);
    total += rounded;
  }
  const rest = Float32Array.from(elevated, (e, i) => e - origin[i]!);
  const rank = Int32Array.from(rest, (a, i) => total + rest.reduce((ahead, b, j) => ahead + (j > i ? +(a < b) : j < i ? +(b >= a) : 0), 0));
  for (let i = 0; i <= d; i++) {
    const turn = rank[i]! < 0 ? d + 1 : rank[i]! > d ? -(d + 1) : 0;
    rank[i]! += turn;
    origin[i]! += turn;
  }

  const barycentric = new Float32Array(d + 2);
  for (let i = 0; i <= d; i++) {
    const v = f(f(elevated[i]! - origin[i]!) * f(1 / (d + 1)));
    barycentric[d - rank[i]!]! += v;
    barycentric[d + 1 - rank[i]!]! -= v;
  }
  barycentric[0]! += f(1 + barycentric[d + 1]!);
  const keys = Array.from({ length: d + 1 }, (_, r) =>
    Int32Array.from({ length: d }, (_, i) => origin[i]! + (rank[i]! <= d - r ? r : r - d - 1)),
  );
  return { keys, weights: barycentric.subarray(0, d + 1) };
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}
