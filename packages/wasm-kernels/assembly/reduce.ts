// Sums and extremes along one axis: x [outer, n, inner] → out [outer, inner]. src/reduce.ts knows the numbers of the functions.
import { splat, sumOf } from './functions';
import { Team, take } from './team';

const SUM: i32 = 0, MAX: i32 = 1;

@unmanaged
class ReduceArguments {
  f: i32;
  x: usize;
  out: usize;
  outer: i32;
  n: i32;
  inner: i32;
  /** What each sum is multiplied by. */
  factor: f32;
  /** The axis is cut into pieces of this length, with a result each: out is [outer, pieces, inner]. */
  length: i32;
  /** Rows (last axis), or columns (any other), that one thread computes at a time. */
  width: i32;
}

@inline function join(f: i32, a: v128, b: v128): v128 {
  if (f == SUM) return f32x4.add(a, b);
  return f == MAX ? f32x4.max(a, b) : f32x4.min(a, b);
}

@inline function neutral(f: i32): v128 { return splat(f == SUM ? 0 : f == MAX ? -Infinity : Infinity); }

@inline function across(f: i32, x: v128): f32 {
  if (f == SUM) return sumOf(x);
  const y = join(f, x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(join(f, y, i32x4.shuffle(y, y, 1, 0, 3, 2)), 0);
}

/** The last axis: inner is 1. Long sums are taken in blocks, so that they do not lose digits. */
export function reduceRows(args: ReduceArguments, team: Team, _scratch: usize): void {
  const f = args.f, length = args.length;
  const pieces = (args.n + length - 1) / length;
  const total = args.outer * pieces;
  for (let first = take(team) * args.width; first < total; first = take(team) * args.width)
    for (let piece = first; piece < min(first + args.width, total); piece++) {
      const begin = (piece % pieces) * length;
      const x = args.x + ((<usize>(piece / pieces) * <usize>args.n + <usize>begin) << 2);
      const size = <usize>min(length, args.n - begin) << 2;
      let result = f32x4.extract_lane(neutral(f), 0);
      for (let block: usize = 0; block < size; block += 16384) {
        const end = min(block + 16384, size);
        let a = neutral(f), b = a;
        let i = block;
        for (; i + 32 <= end; i += 32) {
          a = join(f, a, v128.load(x + i));
          b = join(f, b, v128.load(x + i, 16));
        }
        let part = across(f, join(f, a, b));
        for (; i < end; i += 4) part = f32x4.extract_lane(join(f, splat(part), v128.load_splat<f32>(x + i)), 0);
        result = f32x4.extract_lane(join(f, splat(result), splat(part)), 0);
      }
      store<f32>(args.out + (<usize>piece << 2), f == SUM ? result * args.factor : result);
    }
}

/** Another axis. */
export function reduceColumns(args: ReduceArguments, team: Team, _scratch: usize): void {
  const f = args.f, n = args.n, inner = args.inner, width = args.width, length = args.length;
  const pieces = (n + length - 1) / length;
  const strips = (inner + width - 1) / width;
  const step = <usize>inner << 2;
  for (let chunk = take(team); chunk < args.outer * pieces * strips; chunk = take(team)) {
    const piece = chunk / strips;
    const begin = (piece % pieces) * length;
    const first = (chunk % strips) * width;
    let from = args.x + (<usize>(piece / pieces) * <usize>n + <usize>begin) * step + (<usize>first << 2);
    const out = args.out + <usize>piece * step + (<usize>first << 2);
    const size = <usize>min(width, inner - first) << 2;
    for (let i: usize = 0; i < size; i += 4) store<f32>(out + i, f32x4.extract_lane(neutral(f), 0));
    for (let row = min(length, n - begin); row > 0; row--, from += step) {
      let i: usize = 0;
      for (; i + 16 <= size; i += 16) v128.store(out + i, join(f, v128.load(out + i), v128.load(from + i)));
      for (; i < size; i += 4)
        store<f32>(out + i, f32x4.extract_lane(join(f, v128.load_splat<f32>(out + i), v128.load_splat<f32>(from + i)), 0));
    }
    if (f == SUM && args.factor != 1) for (let i: usize = 0; i < size; i += 4) store<f32>(out + i, load<f32>(out + i) * args.factor);
  }
}
