import {
  LANE_BYTES, Lanes, add, div, exponentOf, keepWhereLess,
  loadLanes, max, maxAcross, mul, powerOfTwo, scaleByPower, splat, storeLanes, sub, sumAcross,
} from './lanes';

/** e^x for x ≤ 0, to about 2 units in the last place; 0 below -87. */
@inline export function exp(x: Lanes): Lanes {
  // x = k ln 2 + r, |r| ≤ ln 2 / 2. Adding 1.5 · 2²³ rounds to an integer and leaves k in the low bits.
  const bounded = max(x, splat(-87));
  const shifted = add(mul(bounded, splat(1.44269504)), splat(12582912));
  const k = sub(shifted, splat(12582912));
  // ln 2 in two parts, so that k ln 2 is exact.
  const r = sub(sub(bounded, mul(k, splat(0.693359375))), mul(k, splat(-2.12194440e-4)));
  let p = splat(1.0 / 720.0);
  p = add(mul(p, r), splat(1.0 / 120.0));
  p = add(mul(p, r), splat(1.0 / 24.0));
  p = add(mul(p, r), splat(1.0 / 6.0));
  p = add(mul(p, r), splat(0.5));
  p = add(mul(p, r), splat(1));
  p = add(mul(p, r), splat(1));
  return keepWhereLess(splat(-87), x, scaleByPower(p, shifted));
}

/** ln x for normal positive x. */
@inline export function log(x: Lanes): Lanes {
  // x = m 2^e, m in [√½, √2): ln m = 2 artanh s, s = (m - 1) / (m + 1), as its power series.
  const e = exponentOf(x);
  const m = mul(x, powerOfTwo(sub(splat(0), e)));
  const s = div(sub(m, splat(1)), add(m, splat(1)));
  const z = mul(s, s);
  let p = splat(2.0 / 9.0);
  p = add(mul(p, z), splat(2.0 / 7.0));
  p = add(mul(p, z), splat(2.0 / 5.0));
  p = add(mul(p, z), splat(2.0 / 3.0));
  p = add(mul(p, z), splat(2));
  return add(mul(e, splat(0.69314718)), mul(s, p));
}

/** softmax of the row at `logits` (padding: -∞ or far below the rest) into the row at `target`. */
@inline export function softmaxRow(logits: usize, target: usize, row: usize): void {
  let top = loadLanes(logits);
  for (let c: usize = LANE_BYTES; c < row; c += LANE_BYTES) top = max(top, loadLanes(logits + c));
  const highest = maxAcross(top);
  let sum = splat(0);
  for (let c: usize = 0; c < row; c += LANE_BYTES) {
    const e = exp(sub(loadLanes(logits + c), highest));
    sum = add(sum, e);
    storeLanes(target + c, e);
  }
  const scale = div(splat(1), sumAcross(sum));
  for (let c: usize = 0; c < row; c += LANE_BYTES) storeLanes(target + c, mul(loadLanes(target + c), scale));
}
