// Functions of one or two values, one value at a time. src/elementwise.ts knows the numbers of the functions.
import { erf, exp, log, multiplyAdd, normalCdf, splat, tanh } from './functions';
import { Team, take } from './team';

@inline function ofOne(f: i32, x: v128): v128 {
  switch (f) {
    case 0: return exp(x);
    case 1: return log(x);
    case 2: return erf(x);
    case 3: return tanh(x);
    case 4: return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(x))));
    case 5: return f32x4.sqrt(x);
    case 6: return f32x4.div(splat(1), f32x4.sqrt(x));
    case 7: return f32x4.mul(x, x);
    case 8: return f32x4.neg(x);
    case 9: return f32x4.abs(x);
    case 10: return v128.andnot(x, f32x4.lt(x, splat(0)));
    case 11: return f32x4.div(splat(1), x);
    default: return f32x4.mul(x, normalCdf(x)); // GELU
  }
}

@inline function ofTwo(f: i32, a: v128, b: v128): v128 {
  switch (f) {
    case 0: return f32x4.add(a, b);
    case 1: return f32x4.sub(a, b);
    case 2: return f32x4.mul(a, b);
    case 3: return f32x4.div(a, b);
    case 4: return f32x4.max(a, b);
    case 5: return f32x4.min(a, b);
    case 6: {
      const d = f32x4.sub(a, b);
      return f32x4.mul(d, d);
    }
    default: {
      // The gradient of GELU: a · (Φ(b) + b·φ(b)).
      const density = f32x4.mul(exp(f32x4.mul(f32x4.mul(b, b), splat(-0.5))), splat(0.3989422804014327));
      return f32x4.mul(a, multiplyAdd(b, density, normalCdf(b)));
    }
  }
}

@unmanaged
class UnaryArguments {
  f: i32;
  x: usize;
  out: usize;
  size: i32;
  /** Values that one thread computes at a time, a multiple of 4. */
  width: i32;
}

export function unary(args: UnaryArguments, team: Team, _scratch: usize): void {
  const f = args.f;
  for (let first = take(team) * args.width; first < args.size; first = take(team) * args.width) {
    let i = <usize>first << 2;
    const end = <usize>min(first + args.width, args.size) << 2;
    for (; i + 16 <= end; i += 16) v128.store(args.out + i, ofOne(f, v128.load(args.x + i)));
    for (; i < end; i += 4) store<f32>(args.out + i, f32x4.extract_lane(ofOne(f, v128.load_splat<f32>(args.x + i)), 0));
  }
}

@unmanaged
class BinaryArguments {
  f: i32;
  a: usize;
  b: usize;
  out: usize;
  /** Bytes from value to value within a row: 4, or 0 where one value serves the whole row. */
  aStep: usize;
  bStep: usize;
  /** Values of a row. */
  n: i32;
  rows: i32;
  /** Values of a row that are computed at a time (a multiple of 4), and how many such pieces one thread takes. */
  width: i32;
  pieces: i32;
  /** Rows are numbered by three axes, the slowest first: their sizes but the first, and the bytes from row to row along each of them. */
  size1: i32;
  size2: i32;
  a0: usize;
  a1: usize;
  a2: usize;
  b0: usize;
  b1: usize;
  b2: usize;
}

/** out = f(a, b), broadcast. */
export function binary(args: BinaryArguments, team: Team, _scratch: usize): void {
  const n = args.n, width = args.width, pieces = args.pieces, size1 = args.size1, size2 = args.size2;
  const perRow = (n + width - 1) / width;
  const total = args.rows * perRow;
  for (let piece = take(team) * pieces; piece < total; piece = take(team) * pieces)
    for (let p = piece; p < min(piece + pieces, total); p++) {
      const row = p / perRow;
      const first = (p % perRow) * width;
      const i2 = <usize>(row % size2), rest = row / size2, i1 = <usize>(rest % size1), i0 = <usize>(rest / size1);
      const a = args.a + i0 * args.a0 + i1 * args.a1 + i2 * args.a2 + <usize>first * args.aStep;
      const b = args.b + i0 * args.b0 + i1 * args.b1 + i2 * args.b2 + <usize>first * args.bStep;
      const out = args.out + ((<usize>row * <usize>n + <usize>first) << 2);
      binaryRow(args.f, a, args.aStep, b, args.bStep, out, <usize>min(width, n - first) << 2);
    }
}

@inline function binaryRow(f: i32, a: usize, aStep: usize, b: usize, bStep: usize, out: usize, size: usize): void {
  const whole = size & ~15;
  let i: usize = 0;
  if (aStep && bStep) for (; i < whole; i += 16) v128.store(out + i, ofTwo(f, v128.load(a + i), v128.load(b + i)));
  else if (aStep) {
    const y = v128.load_splat<f32>(b);
    for (; i < whole; i += 16) v128.store(out + i, ofTwo(f, v128.load(a + i), y));
  } else if (bStep) {
    const x = v128.load_splat<f32>(a);
    for (; i < whole; i += 16) v128.store(out + i, ofTwo(f, x, v128.load(b + i)));
  }
  for (; i < size; i += 4) {
    const x = v128.load_splat<f32>(aStep ? a + i : a), y = v128.load_splat<f32>(bStep ? b + i : b);
    store<f32>(out + i, f32x4.extract_lane(ofTwo(f, x, y), 0));
  }
}
