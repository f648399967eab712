import type { Team } from './team.js';

/** Matrices that lie one behind the other in the heap. */
interface Stack {
  /** Of the first matrix, in bytes. */
  address: number;
  /** How many there are. */
  count: number;
  /** Whether the matrices that are multiplied are those of the stack turned over. */
  transposed: boolean;
}

/** Sizes of a product [m, k] · [k, n]. */
interface ProductSize {
  m: number;
  k: number;
  n: number;
}

/**
 * Rows of the result, and steps of the sum, that one thread computes at a time: what it packs of the left matrix fits into any second-level
 * cache.
 */
const MOST_ROWS = 48;
const MOST_STEPS = 384;
/** With so few rows it does not pay to pack the right matrix. */
const FEW_ROWS = 24;

const roundUp = (x: number, unit: number) => Math.ceil(x / unit) * unit;

/**
 * Products of stacks of matrices: `out[i] [m, n] = left[pairs[i][0]] · right[pairs[i][1]] (+ bias)`, all float32 and row-major. Sizes are
 * not 0.
 *
 * @param out address of the first result
 * @param pairs for each result the numbers of its two matrices
 * @param bias address of n values that are added to each row
 */
export function multiplyStacks(
  team: Team,
  left: Stack,
  right: Stack,
  { m, k, n }: ProductSize,
  out: number,
  pairs: readonly (readonly [number, number])[],
  bias = 0,
): void {
  const items = pairs.length;
  const panels = Math.ceil(n / 8);
  const pack = right.transposed || n % 8 !== 0 || m * items > FEW_ROWS * right.count;
  const height = roundUp(Math.ceil(m / Math.ceil(m / MOST_ROWS)), 6);
  const depth = Math.ceil(k / Math.ceil(k / MOST_STEPS));
  // Where there are few bands of rows the columns are shared out, too.
  const bands = items * Math.ceil(m / height);
  const strips = Math.min(Math.ceil((8 * team.threads) / bands), Math.ceil(n / 64));
  const width = roundUp(Math.ceil(n / strips), 8);
  const pairBytes = roundUp(8 * items, 64);
  team.withBlock(pairBytes + (pack ? 4 * right.count * 8 * panels * k : 0), block => {
    team.write(block, pairs.flat());
    const packed = block + pairBytes;
    const [rowStep, columnStep] = right.transposed ? [4, 4 * k] : [4 * n, 4];
    const itemStep = 4 * k * n;
    if (pack) {
      const packWidth = roundUp(Math.min(n, Math.max(64, Math.ceil(16384 / k))), 8);
      const args = { source: right.address, itemStep, rowStep, columnStep, items: right.count, k, n, target: packed, width: packWidth };
      team.run('packRightMatrices', args, right.count * Math.ceil(n / packWidth));
    }
    const [leftRowStep, leftColumnStep] = left.transposed ? [4, 4 * m] : [4 * k, 4];
    const leftArgs = { left: left.address, leftItemStep: 4 * m * k, leftRowStep, leftColumnStep };
    const rightArgs = pack
      ? { right: packed, rightItemStep: 32 * panels * k, rightRowStep: 32, rightPanelStep: 32 * k }
      : { right: right.address, rightItemStep: itemStep, rightRowStep: rowStep, rightPanelStep: 32 };
    const args = Object.assign(leftArgs, rightArgs, { out, m, n, k, pairs: block, items, height, width, depth, bias });
    // A small product is done before other threads have come to help.
    const chunks = m * n * k * items < 65536 ? 1 : bands * Math.ceil(n / width);
    team.run('multiplyMatrices', args, chunks, 192 + 4 * height * depth);
  });
}

/** `out = left · right` for two matrices anywhere in the heap. */
export function multiply(team: Team, left: Omit<Stack, 'count'>, right: Omit<Stack, 'count'>, size: ProductSize, out: number): void {
  multiplyStacks(team, { ...left, count: 1 }, { ...right, count: 1 }, size, out, [[0, 0]]);
}
