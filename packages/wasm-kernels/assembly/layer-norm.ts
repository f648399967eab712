import { multiplyAdd, splat, sumOf } from './functions';
import { Team, take } from './team';

/** What both passes have. */
@unmanaged
class LayerNormArguments {
  x: usize;
  scale: usize;
  rows: i32;
  n: i32;
  epsilon: f32;
  /** Rows that one thread computes at a time. */
  height: i32;
}

@unmanaged
class LayerNormForward extends LayerNormArguments {
  offset: usize;
  out: usize;
}

@unmanaged
class LayerNormBackward extends LayerNormArguments {
  dy: usize;
  dx: usize;
  /** For each chunk of rows dScale [n], then dOffset [n]. */
  sums: usize;
  dScale: usize;
  dOffset: usize;
}

function sumRow(x: usize, n: i32): f32 {
  const end = x + (<usize>n << 2);
  let sums = splat(0);
  for (; x + 16 <= end; x += 16) sums = f32x4.add(sums, v128.load(x));
  let sum = sumOf(sums);
  for (; x < end; x += 4) sum += load<f32>(x);
  return sum;
}

/** 1 / √(variance + ε). */
function inverseDeviation(x: usize, n: i32, mean: f32, epsilon: f32): f32 {
  const end = x + (<usize>n << 2);
  const m = splat(mean);
  let sums = splat(0);
  for (; x + 16 <= end; x += 16) {
    const d = f32x4.sub(v128.load(x), m);
    sums = multiplyAdd(d, d, sums);
  }
  let sum = sumOf(sums);
  for (; x < end; x += 4) {
    const d = load<f32>(x) - mean;
    sum += d * d;
  }
  return 1 / sqrt<f32>(sum / <f32>n + epsilon);
}

/** out = (x − mean) / √(variance + ε) · scale + offset for each row. */
export function layerNorm(args: LayerNormForward, team: Team, _scratch: usize): void {
  const n = args.n, height = args.height;
  const size = <usize>n << 2;
  const whole = size & ~15;
  for (let first = take(team) * height; first < args.rows; first = take(team) * height)
    for (let row = first; row < min(first + height, args.rows); row++) {
      const x = args.x + <usize>row * size, out = args.out + <usize>row * size;
      const mean = sumRow(x, n) / <f32>n;
      const inverse = inverseDeviation(x, n, mean, args.epsilon);
      const m = splat(mean), r = splat(inverse);
      let i: usize = 0;
      for (; i < whole; i += 16)
        v128.store(
          out + i,
          multiplyAdd(f32x4.mul(f32x4.sub(v128.load(x + i), m), r), v128.load(args.scale + i), v128.load(args.offset + i)),
        );
      for (; i < size; i += 4)
        store<f32>(out + i, (load<f32>(x + i) - mean) * inverse * load<f32>(args.scale + i) + load<f32>(args.offset + i));
    }
}

/**
 * With z = (x − mean) / deviation and g = dy·scale: dx = (g − mean of g − z · mean of g·z) / deviation; sums of dy·z and dy for each chunk.
 */
export function layerNormGradient(args: LayerNormBackward, team: Team, _scratch: usize): void {
  const n = args.n, height = args.height;
  const size = <usize>n << 2;
  const whole = size & ~15;
  for (let chunk = take(team); chunk * height < args.rows; chunk = take(team)) {
    const dScale = args.sums + <usize>chunk * 2 * size, dOffset = dScale + size;
    for (let i: usize = 0; i < 2 * size; i += 4) store<f32>(dScale + i, 0);
    for (let row = chunk * height; row < min((chunk + 1) * height, args.rows); row++) {
      const x = args.x + <usize>row * size, dy = args.dy + <usize>row * size, dx = args.dx + <usize>row * size;
      const mean = sumRow(x, n) / <f32>n;
      const inverse = inverseDeviation(x, n, mean, args.epsilon);
      const m = splat(mean), r = splat(inverse);
      let sums = splat(0), products = splat(0);
      let i: usize = 0;
      for (; i < whole; i += 16) {
        const z = f32x4.mul(f32x4.sub(v128.load(x + i), m), r);
        const d = v128.load(dy + i);
        const g = f32x4.mul(d, v128.load(args.scale + i));
        sums = f32x4.add(sums, g);
        products = multiplyAdd(g, z, products);
        v128.store(dScale + i, multiplyAdd(d, z, v128.load(dScale + i)));
        v128.store(dOffset + i, f32x4.add(d, v128.load(dOffset + i)));
      }
      let sum = sumOf(sums), product = sumOf(products);
      for (; i < size; i += 4) {
        const z = (load<f32>(x + i) - mean) * inverse;
        const d = load<f32>(dy + i);
        const g = d * load<f32>(args.scale + i);
        sum += g;
        product += g * z;
        store<f32>(dScale + i, load<f32>(dScale + i) + d * z);
        store<f32>(dOffset + i, load<f32>(dOffset + i) + d);
      }
      sum /= <f32>n;
      product /= <f32>n;
      const s = splat(sum), p = splat(-product);
      for (i = 0; i < whole; i += 16) {
        const z = f32x4.mul(f32x4.sub(v128.load(x + i), m), r);
        const g = f32x4.mul(v128.load(dy + i), v128.load(args.scale + i));
        v128.store(dx + i, f32x4.mul(multiplyAdd(z, p, f32x4.sub(g, s)), r));
      }
      for (; i < size; i += 4) {
        const z = (load<f32>(x + i) - mean) * inverse;
        store<f32>(dx + i, (load<f32>(dy + i) * load<f32>(args.scale + i) - sum - z * product) * inverse);
      }
    }
  }
}

/** dScale and dOffset: the sums over chunks. */
export function sumLayerNormChunks(args: LayerNormBackward, team: Team, _scratch: usize): void {
  const chunks = (args.rows + args.height - 1) / args.height;
  const size = <usize>args.n << 2;
  for (let part = take(team); part < 2; part = take(team)) {
    const to = part ? args.dOffset : args.dScale;
    const from = args.sums + <usize>part * size;
    for (let i: usize = 0; i < size; i += 4) {
      let sum: f32 = 0;
      for (let chunk = 0; chunk < chunks; chunk++) sum += load<f32>(from + <usize>chunk * 2 * size + i);
      store<f32>(to + i, sum);
    }
  }
}
