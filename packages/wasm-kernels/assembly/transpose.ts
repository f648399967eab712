// Transposition of values of four bytes.
import { Team, take } from './team';

@unmanaged
class TransposeArguments {
  x: usize;
  out: usize;
  /** Outer axes in the order of the result, the slowest first, and bytes from step to step along each, there and here. */
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
  from0: usize;
  from1: usize;
  from2: usize;
  from3: usize;
  to0: usize;
  to1: usize;
  to2: usize;
  to3: usize;
  /** The innermost axes: `rows` steps of `rowFrom` bytes there and `rowTo` here, each of n values. */
  rows: i32;
  rowFrom: usize;
  rowTo: usize;
  n: i32;
  /** Bytes from value to value of a row here; there they are neighbors. */
  valueTo: usize;
  /** Rows that one thread moves at a time. */
  height: i32;
}

export function transpose(args: TransposeArguments, team: Team, _scratch: usize): void {
  const size1 = args.size1, size2 = args.size2, size3 = args.size3, height = args.height;
  const bands = (args.rows + height - 1) / height;
  const total = args.size0 * size1 * size2 * size3 * bands;
  for (let chunk = take(team); chunk < total; chunk = take(team)) {
    const first = (chunk % bands) * height;
    let rest = chunk / bands;
    const i3 = <usize>(rest % size3); rest /= size3;
    const i2 = <usize>(rest % size2); rest /= size2;
    const i1 = <usize>(rest % size1), i0 = <usize>(rest / size1);
    const from = args.x + i0 * args.from0 + i1 * args.from1 + i2 * args.from2 + i3 * args.from3 + <usize>first * args.rowFrom;
    const to = args.out + i0 * args.to0 + i1 * args.to1 + i2 * args.to2 + i3 * args.to3 + <usize>first * args.rowTo;
    const rows = min(height, args.rows - first);
    if (args.valueTo == 4) copyRows(from, args.rowFrom, to, args.rowTo, rows, <usize>args.n << 2);
    else turn(from, args.rowFrom, to, args.rowTo, args.valueTo, rows, args.n);
  }
}

function copyRows(from: usize, fromStep: usize, to: usize, toStep: usize, rows: i32, size: usize): void {
  const whole = size & ~15;
  for (; rows > 0; rows--, from += fromStep, to += toStep) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < size; i += 4) store<u32>(to + i, load<u32>(from + i));
  }
}

/** Rows become columns; where the result's are side by side, four by four. */
function turn(from: usize, fromStep: usize, to: usize, toStep: usize, valueTo: usize, rows: i32, n: i32): void {
  let row = 0;
  if (toStep == 4)
    for (; row <= rows - 4; row += 4, from += 4 * fromStep, to += 16) {
      let a = from, b = a + fromStep, c = b + fromStep, d = c + fromStep, at = to;
      let i = 0;
      for (; i <= n - 4; i += 4, a += 16, b += 16, c += 16, d += 16) {
        const x0 = v128.load(a), x1 = v128.load(b), x2 = v128.load(c), x3 = v128.load(d);
        const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5), low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
        const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7), high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
        v128.store(at, i64x2.shuffle(low01, low23, 0, 2)); at += valueTo;
        v128.store(at, i64x2.shuffle(low01, low23, 1, 3)); at += valueTo;
        v128.store(at, i64x2.shuffle(high01, high23, 0, 2)); at += valueTo;
        v128.store(at, i64x2.shuffle(high01, high23, 1, 3)); at += valueTo;
      }
      for (; i < n; i++, a += 4, b += 4, c += 4, d += 4, at += valueTo) {
        store<u32>(at, load<u32>(a)); store<u32>(at, load<u32>(b), 4); store<u32>(at, load<u32>(c), 8); store<u32>(at, load<u32>(d), 12);
      }
    }
  for (; row < rows; row++, from += fromStep, to += toStep)
    for (let i = 0, at = to; i < n; i++, at += valueTo) store<u32>(at, load<u32>(from + (<usize>i << 2)));
}
