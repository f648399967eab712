// Products of stacks of matrices, any of them transposed.
import { EDGE_SIZE, FROM_RESULT, FROM_ROW, FROM_ZERO, multiplyPanels } from './block-product';
import { COLUMNS, ROWS, packLeft, packRight } from './panels';
import { Team, take } from './team';

@unmanaged
class PackArguments {
  source: usize;
  /** Bytes from matrix to matrix, from row to row, from column to column. */
  itemStep: usize;
  rowStep: usize;
  columnStep: usize;
  items: i32;
  k: i32;
  n: i32;
  target: usize;
  /** Columns that one thread packs at a time, a multiple of 8. */
  width: i32;
}

/** Packs every right matrix of a stack into panels [item][panel][k][8]. */
export function packRightMatrices(args: PackArguments, team: Team, _scratch: usize): void {
  const source = args.source, itemStep = args.itemStep, rowStep = args.rowStep, columnStep = args.columnStep;
  const items = args.items, k = args.k, n = args.n, target = args.target, width = args.width;
  const strips = (n + width - 1) / width;
  const panels = (n + COLUMNS - 1) / COLUMNS;
  for (let chunk = take(team); chunk < items * strips; chunk = take(team)) {
    const item = chunk / strips;
    const first = (chunk % strips) * width;
    const to = target + (<usize>(item * panels) + <usize>(first / COLUMNS)) * <usize>k * 32;
    packRight(source + <usize>item * itemStep + <usize>first * columnStep, rowStep, columnStep, min(width, n - first), k, to);
  }
}

@unmanaged
class ProductArguments {
  left: usize;
  /** Bytes from matrix to matrix, from row to row, from column to column. */
  leftItemStep: usize;
  leftRowStep: usize;
  leftColumnStep: usize;
  right: usize;
  /** Bytes from matrix to matrix, from row to row of a panel, from panel to panel. */
  rightItemStep: usize;
  rightRowStep: usize;
  rightPanelStep: usize;
  out: usize;
  m: i32;
  n: i32;
  k: i32;
  /** For each product the numbers of its left and its right matrix. */
  pairs: usize;
  items: i32;
  /** Rows and columns of the result that one thread computes at a time (multiples of 6 and 8), and steps of the sum. */
  height: i32;
  width: i32;
  depth: i32;
  /** n values to add to each row, or 0. */
  bias: usize;
}

/** Scratch: height · depth floats, and EDGE_SIZE bytes. */
export function multiplyMatrices(args: ProductArguments, team: Team, scratch: usize): void {
  const leftRowStep = args.leftRowStep, leftColumnStep = args.leftColumnStep;
  const rightRowStep = args.rightRowStep, rightPanelStep = args.rightPanelStep;
  const m = args.m, n = args.n, k = args.k, height = args.height, width = args.width, depth = args.depth, bias = args.bias;
  const bands = (m + height - 1) / height;
  const strips = (n + width - 1) / width;
  const cStep = <usize>n << 2;
  const packed = scratch + EDGE_SIZE;
  for (let chunk = take(team); chunk < args.items * bands * strips; chunk = take(team)) {
    const item = chunk / (bands * strips);
    const row = ((chunk / strips) % bands) * height;
    const column = (chunk % strips) * width;
    const rows = min(height, m - row);
    const columns = min(width, n - column);
    const left = args.left + <usize>load<i32>(args.pairs + (<usize>item << 3)) * args.leftItemStep + <usize>row * leftRowStep;
    const rightItem = <usize>load<i32>(args.pairs + (<usize>item << 3), 4);
    const right = args.right + rightItem * args.rightItemStep + <usize>(column / COLUMNS) * rightPanelStep;
    const out = args.out + <usize>item * <usize>m * cStep + <usize>row * cStep + (<usize>column << 2);
    for (let p = 0; p < k; p += depth) {
      const steps = min(depth, k - p);
      packLeft(left + <usize>p * leftColumnStep, leftRowStep, leftColumnStep, rows, steps, packed);
      const start = p ? FROM_RESULT : bias ? FROM_ROW : FROM_ZERO;
      const from = right + <usize>p * rightRowStep;
      const biasRow = bias + (<usize>column << 2);
      multiplyPanels(packed, from, rightRowStep, rightPanelStep, rows, columns, steps, out, cStep, start, biasRow, scratch);
    }
  }
}
