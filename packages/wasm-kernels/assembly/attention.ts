// Attention whose weights exist for a few queries at a time only: softmax(scale · q·kᵀ − 10¹²·hidden) · v, and its gradients.
import { EDGE_SIZE, FROM_RESULT, FROM_ZERO, multiplyPanels } from './block-product';
import { COLUMNS, packLeft, packRight } from './panels';
import { dotRow, exponentialRow, scaleRow, softmaxGradientRow } from './softmax-row';
import { Team, take } from './team';

/** What both passes have. */
@unmanaged
class AttentionArguments {
  /** [items, n, d], and [items, m, d]. */
  q: usize;
  k: usize;
  v: usize;
  /** [items / heads, m], or 0. */
  hidden: usize;
  items: i32;
  heads: i32;
  n: i32;
  m: i32;
  d: i32;
  scale: f32;
  /** Queries that are computed at a time, a multiple of 6. */
  height: i32;
  /**
   * For each item kᵀ as panels [m/8][d][8], then, in the forward pass, v as panels [d/8][m][8]; in the backward pass vᵀ like kᵀ, then k
   * like v.
   */
  packed: usize;
}

@unmanaged
class AttentionForward extends AttentionArguments {
  out: usize;
}

@unmanaged
class AttentionBackward extends AttentionArguments {
  dy: usize;
  dq: usize;
  /** For each part of each item: dk [m, d], then dv [m, d]. */
  sums: usize;
  /** Into how many parts the queries of an item are cut. */
  parts: i32;
  dk: usize;
  dv: usize;
}

@inline function panelsSize(rows: i32, columns: i32): usize { return <usize>((columns + COLUMNS - 1) / COLUMNS) * <usize>rows * 32; }

@inline function leftSize(rows: i32, columns: i32): usize { return <usize>((rows + 5) / 6) * <usize>columns * 24; }

/** Packs keys and values of an item for {@link attend}. */
export function packForAttention(args: AttentionForward, team: Team, _scratch: usize): void {
  const m = args.m, d = args.d;
  const row = <usize>d << 2;
  const size = <usize>m * row;
  const first = panelsSize(d, m);
  const both = first + panelsSize(m, d);
  for (let chunk = take(team); chunk < 2 * args.items; chunk = take(team)) {
    const item = <usize>(chunk >> 1);
    const to = args.packed + item * both;
    if (chunk & 1) packRight(args.v + item * size, row, 4, d, m, to + first);
    else packRight(args.k + item * size, 4, row, m, d, to);
  }
}

/** Scratch: EDGE_SIZE bytes, packed queries, weights [height, m], packed weights, a factor for each query. */
export function attend(args: AttentionForward, team: Team, scratch: usize): void {
  const n = args.n, m = args.m, d = args.d, height = args.height;
  const row = <usize>d << 2, weightRow = <usize>m << 2;
  const first = panelsSize(d, m);
  const both = first + panelsSize(m, d);
  const bands = (n + height - 1) / height;
  const queries = scratch + EDGE_SIZE;
  const weights = queries + leftSize(height, d);
  const packedWeights = weights + <usize>height * weightRow;
  const factors = packedWeights + leftSize(height, m);
  for (let chunk = take(team); chunk < args.items * bands; chunk = take(team)) {
    const item = chunk / bands;
    const start = (chunk % bands) * height;
    const rows = min(height, n - start);
    const keys = args.packed + <usize>item * both;
    const at = (<usize>item * <usize>n + <usize>start) * row;
    const hidden = args.hidden ? args.hidden + <usize>(item / args.heads) * weightRow : 0;
    packLeft(args.q + at, row, 4, rows, d, queries);
    scaleRow(queries, args.scale, ((rows + 5) / 6) * 6 * d);
    multiplyPanels(queries, keys, 32, <usize>d * 32, rows, m, d, weights, weightRow, FROM_ZERO, 0, scratch);
    for (let y = 0; y < rows; y++) {
      const to = weights + <usize>y * weightRow;
      store<f32>(factors + (<usize>y << 2), exponentialRow(to, hidden, to, m));
    }
    packLeft(weights, weightRow, 4, rows, m, packedWeights);
    multiplyPanels(packedWeights, keys + first, 32, <usize>m * 32, rows, d, m, args.out + at, row, FROM_ZERO, 0, scratch);
    // The result is scaled rather than the weights, of which there are more.
    for (let y = 0; y < rows; y++) scaleRow(args.out + at + <usize>y * row, load<f32>(factors + (<usize>y << 2)), d);
  }
}

/** Packs keys and values of an item for {@link attentionGradient}. */
export function packForAttentionGradient(args: AttentionBackward, team: Team, _scratch: usize): void {
  const m = args.m, d = args.d;
  const row = <usize>d << 2;
  const size = <usize>m * row;
  const first = panelsSize(d, m);
  const all = 2 * first + panelsSize(m, d);
  for (let chunk = take(team); chunk < 3 * args.items; chunk = take(team)) {
    const item = <usize>(chunk / 3);
    const to = args.packed + item * all;
    const part = chunk % 3;
    if (part == 0) packRight(args.k + item * size, 4, row, m, d, to);
    else if (part == 1) packRight(args.v + item * size, 4, row, m, d, to + first);
    else packRight(args.k + item * size, row, 4, d, m, to + 2 * first);
  }
}

/**
 * With S the weights: dv = Sᵀ·dy, dS = dy·vᵀ, dL = S ∘ (dS − Σ S∘dS), dq = scale · dL·k, dk = scale · dLᵀ·q.
 * Scratch: EDGE_SIZE bytes, packed rows, weights [height, m], their gradients [height, m], packed weights or gradients, two packed right
 * matrices.
 */
export function attentionGradient(args: AttentionBackward, team: Team, scratch: usize): void {
  const n = args.n, m = args.m, d = args.d, height = args.height, parts = args.parts;
  const row = <usize>d << 2, weightRow = <usize>m << 2;
  const first = panelsSize(d, m);
  const all = 2 * first + panelsSize(m, d);
  const bands = (n + height - 1) / height;
  const packedRows = scratch + EDGE_SIZE;
  const weights = packedRows + leftSize(height, d);
  const gradients = weights + <usize>height * weightRow;
  const packed = gradients + <usize>height * weightRow;
  const right = packed + max(leftSize(height, m), leftSize(m, height));
  for (let chunk = take(team); chunk < args.items * parts; chunk = take(team)) {
    const item = chunk / parts;
    const part = chunk % parts;
    const keys = args.packed + <usize>item * all;
    const hidden = args.hidden ? args.hidden + <usize>(item / args.heads) * weightRow : 0;
    const dk = args.sums + <usize>chunk * 2 * <usize>m * row;
    const dv = dk + <usize>m * row;
    let begun = FROM_ZERO;
    for (let band = (bands * part) / parts; band < (bands * (part + 1)) / parts; band++) {
      const start = band * height;
      const rows = min(height, n - start);
      const at = (<usize>item * <usize>n + <usize>start) * row;
      packLeft(args.q + at, row, 4, rows, d, packedRows);
      scaleRow(packedRows, args.scale, ((rows + 5) / 6) * 6 * d);
      multiplyPanels(packedRows, keys, 32, <usize>d * 32, rows, m, d, weights, weightRow, FROM_ZERO, 0, scratch);
      packLeft(args.dy + at, row, 4, rows, d, packedRows);
      multiplyPanels(packedRows, keys + first, 32, <usize>d * 32, rows, m, d, gradients, weightRow, FROM_ZERO, 0, scratch);
      for (let y = 0; y < rows; y++) {
        const s = weights + <usize>y * weightRow, g = gradients + <usize>y * weightRow;
        scaleRow(s, exponentialRow(s, hidden, s, m), m);
        softmaxGradientRow(s, g, dotRow(s, g, m), g, m);
      }
      packLeft(weights, 4, weightRow, m, rows, packed);
      packRight(args.dy + at, row, 4, d, rows, right);
      multiplyPanels(packed, right, 32, <usize>rows * 32, m, d, rows, dv, row, begun, 0, scratch);
      scaleRow(gradients, args.scale, rows * m);
      packLeft(gradients, 4, weightRow, m, rows, packed);
      packRight(args.q + at, row, 4, d, rows, right);
      multiplyPanels(packed, right, 32, <usize>rows * 32, m, d, rows, dk, row, begun, 0, scratch);
      packLeft(gradients, weightRow, 4, rows, m, packed);
      multiplyPanels(packed, keys + 2 * first, 32, <usize>m * 32, rows, d, m, args.dq + at, row, FROM_ZERO, 0, scratch);
      begun = FROM_RESULT;
    }
  }
}

/** dk and dv: the sums of their parts. */
export function sumAttentionParts(args: AttentionBackward, team: Team, _scratch: usize): void {
  const parts = args.parts;
  const size = (<usize>args.m * <usize>args.d) << 2;
  for (let chunk = take(team); chunk < 2 * args.items; chunk = take(team)) {
    const item = <usize>(chunk >> 1);
    const from = args.sums + item * <usize>parts * 2 * size + (chunk & 1 ? size : 0);
    const to = (chunk & 1 ? args.dv : args.dk) + item * size;
    for (let i: usize = 0; i < size; i += 4) {
      let sum: f32 = 0;
      for (let part = 0; part < parts; part++) sum += load<f32>(from + <usize>part * 2 * size + i);
      store<f32>(to + i, sum);
    }
  }
}
