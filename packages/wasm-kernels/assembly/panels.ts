// Matrices cut into panels, so that the innermost loop of a product reads memory from front to back.

/** Rows of the left matrix and columns of the right one that the innermost loop multiplies at once. */
export const ROWS: i32 = 6;
export const COLUMNS: i32 = 8;

/**
 * Packs rows of a left matrix as panels [panel][k][6]; missing rows of the last panel are 0.
 *
 * @param rowStep bytes from row to row
 * @param columnStep bytes from column to column; this or rowStep is 4
 */
export function packLeft(source: usize, rowStep: usize, columnStep: usize, rows: i32, k: i32, target: usize): void {
  const panelSize = <usize>k * 24;
  if (rowStep == 4 && columnStep != 4) {
    const whole = rows / ROWS;
    for (let p = 0; p < k; p++) {
      let from = source + <usize>p * columnStep;
      let to = target + <usize>p * 24;
      for (let panel = 0; panel < whole; panel++, from += 24, to += panelSize) {
        v128.store(to, v128.load(from));
        store<u64>(to + 16, load<u64>(from + 16));
      }
    }
    const done = whole * ROWS;
    if (done < rows) packFewRows(source + <usize>done * 4, 4, columnStep, rows - done, k, target + <usize>whole * panelSize);
    return;
  }
  for (let row = 0; row < rows; row += ROWS, source += <usize>ROWS * rowStep, target += panelSize) {
    if (rows - row < ROWS || columnStep != 4) packFewRows(source, rowStep, columnStep, min(ROWS, rows - row), k, target);
    else packSixRows(source, rowStep, k, target);
  }
}

function packSixRows(source: usize, rowStep: usize, k: i32, target: usize): void {
  let r0 = source, r1 = r0 + rowStep, r2 = r1 + rowStep, r3 = r2 + rowStep, r4 = r3 + rowStep, r5 = r4 + rowStep;
  let p = 0;
  for (; p <= k - 4; p += 4, target += 96) {
    const x0 = v128.load(r0), x1 = v128.load(r1), x2 = v128.load(r2), x3 = v128.load(r3), x4 = v128.load(r4), x5 = v128.load(r5);
    const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5), low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5), low45 = i32x4.shuffle(x4, x5, 0, 4, 1, 5);
    const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7), high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
    const high45 = i32x4.shuffle(x4, x5, 2, 6, 3, 7);
    // 24 floats: two columns are three vectors.
    v128.store(target, i64x2.shuffle(low01, low23, 0, 2));
    v128.store(target, i64x2.shuffle(low45, low01, 0, 3), 16);
    v128.store(target, i64x2.shuffle(low23, low45, 1, 3), 32);
    v128.store(target, i64x2.shuffle(high01, high23, 0, 2), 48);
    v128.store(target, i64x2.shuffle(high45, high01, 0, 3), 64);
    v128.store(target, i64x2.shuffle(high23, high45, 1, 3), 80);
    r0 += 16; r1 += 16; r2 += 16; r3 += 16; r4 += 16; r5 += 16;
  }
  for (; p < k; p++, target += 24) {
    store<f32>(target, load<f32>(r0)); store<f32>(target + 4, load<f32>(r1)); store<f32>(target + 8, load<f32>(r2));
    store<f32>(target + 12, load<f32>(r3)); store<f32>(target + 16, load<f32>(r4)); store<f32>(target + 20, load<f32>(r5));
    r0 += 4; r1 += 4; r2 += 4; r3 += 4; r4 += 4; r5 += 4;
  }
}

function packFewRows(source: usize, rowStep: usize, columnStep: usize, rows: i32, k: i32, target: usize): void {
  for (let p = 0; p < k; p++, source += columnStep)
    for (let row = 0; row < ROWS; row++, target += 4) store<f32>(target, row < rows ? load<f32>(source + <usize>row * rowStep) : 0);
}

/**
 * Packs columns of a right matrix as panels [panel][k][8]; missing columns of the last panel are 0.
 *
 * @param rowStep bytes from row to row (there are k)
 * @param columnStep bytes from column to column; this or rowStep is 4
 */
export function packRight(source: usize, rowStep: usize, columnStep: usize, columns: i32, k: i32, target: usize): void {
  const panelSize = <usize>k * 32;
  const whole = columns / COLUMNS;
  if (columnStep == 4) {
    for (let p = 0; p < k; p++) {
      let from = source + <usize>p * rowStep;
      let to = target + <usize>p * 32;
      for (let panel = 0; panel < whole; panel++, from += 32, to += panelSize) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      }
    }
  } else {
    let from = source;
    let to = target;
    for (let panel = 0; panel < whole; panel++, from += 8 * columnStep, to += panelSize) {
      packFour(from, columnStep, k, to);
      packFour(from + 4 * columnStep, columnStep, k, to + 16);
    }
  }
  const done = whole * COLUMNS;
  if (done == columns) return;
  source += <usize>done * columnStep;
  target += <usize>whole * panelSize;
  for (let p = 0; p < k; p++, source += rowStep)
    for (let column = 0; column < COLUMNS; column++, target += 4)
      store<f32>(target, column < columns - done ? load<f32>(source + <usize>column * columnStep) : 0);
}

/** Four columns that lie as rows, as one half of a panel. */
function packFour(source: usize, step: usize, k: i32, target: usize): void {
  let r0 = source, r1 = r0 + step, r2 = r1 + step, r3 = r2 + step;
  let p = 0;
  for (; p <= k - 4; p += 4, target += 128) {
    const x0 = v128.load(r0), x1 = v128.load(r1), x2 = v128.load(r2), x3 = v128.load(r3);
    const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5), low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
    const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7), high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
    v128.store(target, i64x2.shuffle(low01, low23, 0, 2));
    v128.store(target, i64x2.shuffle(low01, low23, 1, 3), 32);
    v128.store(target, i64x2.shuffle(high01, high23, 0, 2), 64);
    v128.store(target, i64x2.shuffle(high01, high23, 1, 3), 96);
    r0 += 16; r1 += 16; r2 += 16; r3 += 16;
  }
  for (; p < k; p++, target += 32) {
    store<f32>(target, load<f32>(r0)); store<f32>(target + 4, load<f32>(r1));
    store<f32>(target + 8, load<f32>(r2)); store<f32>(target + 12, load<f32>(r3));
    r0 += 4; r1 += 4; r2 += 4; r3 += 4;
  }
}
