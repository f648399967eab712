// The product of packed panels: where almost all the time of training goes.
import { multiplyAdd } from './functions';
import { COLUMNS, ROWS } from './panels';

/** What a product is added to: nothing, what is there, or the same row everywhere. */
export const FROM_ZERO: i32 = 0;
export const FROM_RESULT: i32 = 1;
export const FROM_ROW: i32 = 2;

/** Bytes that {@link multiplyPanels} needs for a tile that is not stored as it is. */
export const EDGE_SIZE: usize = 192;

/**
 * c [6, 8] = Σ_p a[p][6]ᵀ · b[p][8]. `bStep`: bytes from b[p] to b[p + 1].
 *
 * It does nothing else, and is called in two places, so that no compiler puts it into its caller: there, and with anything after the sums,
 * V8 up to 12 loads all of a step first, which is more than there are registers, and takes twice the time.
 */
function tile(a: usize, b: usize, bStep: usize, k: i32, c: usize, cStep: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (const end = a + <usize>k * 24; a < end; a += 24, b += bStep) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = multiplyAdd(x, b0, c00); c01 = multiplyAdd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = multiplyAdd(x, b0, c10); c11 = multiplyAdd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = multiplyAdd(x, b0, c20); c21 = multiplyAdd(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = multiplyAdd(x, b0, c30); c31 = multiplyAdd(x, b1, c31);
    x = v128.load_splat<f32>(a, 16);
    c40 = multiplyAdd(x, b0, c40); c41 = multiplyAdd(x, b1, c41);
    x = v128.load_splat<f32>(a, 20);
    c50 = multiplyAdd(x, b0, c50); c51 = multiplyAdd(x, b1, c51);
  }
  const c1 = c + cStep, c2 = c1 + cStep, c3 = c2 + cStep, c4 = c3 + cStep, c5 = c4 + cStep;
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c1, c10); v128.store(c1, c11, 16);
  v128.store(c2, c20); v128.store(c2, c21, 16); v128.store(c3, c30); v128.store(c3, c31, 16);
  v128.store(c4, c40); v128.store(c4, c41, 16); v128.store(c5, c50); v128.store(c5, c51, 16);
}

/** c [rows, columns] = sums [6, 8], added to what `start` says. */
function addTile(sums: usize, rows: i32, columns: i32, c: usize, cStep: usize, start: i32, row: usize): void {
  for (let y = 0; y < rows; y++, sums += 32, c += cStep) {
    const from = start == FROM_RESULT ? c : row;
    if (columns == COLUMNS && start != FROM_ZERO) {
      v128.store(c, f32x4.add(v128.load(sums), v128.load(from)));
      v128.store(c, f32x4.add(v128.load(sums, 16), v128.load(from, 16)), 16);
      continue;
    }
    for (let x: usize = 0; x < <usize>columns << 2; x += 4)
      store<f32>(c + x, start == FROM_ZERO ? load<f32>(sums + x) : load<f32>(sums + x) + load<f32>(from + x));
  }
}

/**
 * c [m, n] = left · right.
 *
 * @param left panels [panel][k][6]
 * @param right its first panel; `rightStep` bytes from row to row of a panel, `panelStep` from panel to panel
 * @param cStep bytes from row to row of c
 * @param row the n values to start from with FROM_ROW
 * @param edge scratch of EDGE_SIZE bytes
 */
export function multiplyPanels(
  left: usize, right: usize, rightStep: usize, panelStep: usize, m: i32, n: i32, k: i32,
  c: usize, cStep: usize, start: i32, row: usize, edge: usize,
): void {
  const leftPanel = <usize>k * 24;
  for (let j = 0; j < n; j += COLUMNS, right += panelStep, c += 32, row += 32) {
    let a = left;
    let to = c;
    for (let i = 0; i < m; i += ROWS, a += leftPanel, to += <usize>ROWS * cStep) {
      const rows = min(ROWS, m - i);
      const columns = min(COLUMNS, n - j);
      if (start == FROM_ZERO && rows == ROWS && columns == COLUMNS) tile(a, right, rightStep, k, to, cStep);
      else {
        tile(a, right, rightStep, k, edge, 32);
        addTile(edge, rows, columns, to, cStep, start, row);
      }
    }
  }
}
