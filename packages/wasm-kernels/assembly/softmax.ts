import { dotRow, exponentialRow, scaleRow, softmaxGradientRow } from './softmax-row';
import { Team, take } from './team';

@unmanaged
class SoftmaxArguments {
  x: usize;
  out: usize;
  rows: i32;
  n: i32;
  /** Rows that one thread computes at a time. */
  height: i32;
}

@unmanaged
class SoftmaxGradientArguments extends SoftmaxArguments {
  dy: usize;
}

/** out = softmax of each row of x. */
export function softmax(args: SoftmaxArguments, team: Team, _scratch: usize): void {
  const n = args.n, height = args.height;
  const size = <usize>n << 2;
  for (let first = take(team) * height; first < args.rows; first = take(team) * height) {
    let from = args.x + <usize>first * size, to = args.out + <usize>first * size;
    for (let row = min(height, args.rows - first); row > 0; row--, from += size, to += size)
      scaleRow(to, exponentialRow(from, 0, to, n), n);
  }
}

/** out = x · (dy − Σ x·dy) for each row, where x is what softmax gave. */
export function softmaxGradient(args: SoftmaxGradientArguments, team: Team, _scratch: usize): void {
  const n = args.n, height = args.height;
  const size = <usize>n << 2;
  for (let first = take(team) * height; first < args.rows; first = take(team) * height)
    for (let row = first; row < min(first + height, args.rows); row++) {
      const x = args.x + <usize>row * size, dy = args.dy + <usize>row * size;
      softmaxGradientRow(x, dy, dotRow(x, dy, n), args.out + <usize>row * size, n);
    }
}
