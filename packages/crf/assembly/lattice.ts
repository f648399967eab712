// Builds the permutohedral lattice of a set of points (Adams, Baek, Davis 2010): which lattice points each input point touches and how
// much, and which lattice points lie next to each other along each of the d + 1 axes. All memory is given by the caller.
//
// A lattice point is named by d integers (the last of its d + 1 coordinates is minus their sum). They are packed into `words` 64-bit words,
// `shifts[i]` bits up in word `wordOf[i]`, biased to stay positive with room for one step, so that a step along an axis is one integer
// addition.

/** What a lattice under construction consists of; offsets in bytes. The caller fills it. */
@unmanaged
export class Build {
  dimensions: i32;
  words: i32;
  /** f32[d]: what the features are multiplied with. */
  scale: usize;
  /** i32[d] and i32[d]: place of each coordinate in a key. */
  wordOf: usize;
  shifts: usize;
  /** u64[words]: the key of the origin. */
  origin: usize;
  /** u64[(d + 1) * words]: what a step along axis j adds to a key. */
  steps: usize;
  /** u64[2^tableBits], 0 = free, and u32[2^tableBits]: the open-addressing table. */
  tags: usize;
  indices: usize;
  tableBits: i32;
  /** Lattice points so far, and how many the table and `keys` (u64[limit * words]) hold. */
  points: i32;
  limit: i32;
  keys: usize;
  /** Room for 5 (d + 2) numbers of 4 bytes and `words` of 8. */
  scratch: usize;
}

@inline function tagOf(build: Build, key: usize): u64 {
  let tag = load<u64>(key);
  for (let w = 1; w < build.words; w++) tag = (tag ^ (tag >> 29)) * 0xbf58476d1ce4e5b9 + load<u64>(key + (<usize>w << 3));
  return tag | u64(build.words > 1);
}

@inline function sameKey(build: Build, index: u32, key: usize): bool {
  const other = build.keys + <usize>index * <usize>build.words * 8;
  for (let w: usize = 0; w < <usize>build.words; w++) if (load<u64>(other + (w << 3)) != load<u64>(key + (w << 3))) return false;
  return true;
}

// Fibonacci hashing: the high bits of a product with 2^64 / golden ratio.
@inline function slotOf(build: Build, tag: u64): usize {
  return <usize>((tag * 0x9e3779b97f4a7c15) >> <u64>(64 - build.tableBits));
}

/** Index of the lattice point with this key; a new one is added where `adds`, or else -1. */
@inline function find(build: Build, key: usize, adds: bool): i32 {
  const tag = tagOf(build, key);
  const mask = (<usize>1 << <usize>build.tableBits) - 1;
  let slot = slotOf(build, tag);
  let found: u64;
  while ((found = load<u64>(build.tags + (slot << 3))) != 0) {
    if (found == tag) {
      const index = load<u32>(build.indices + (slot << 2));
      if (build.words == 1 || sameKey(build, index, key)) return index;
    }
    slot = (slot + 1) & mask;
  }
  if (!adds) return -1;
  const index = build.points++;
  store<u64>(build.tags + (slot << 3), tag);
  store<u32>(build.indices + (slot << 2), index);
  const target = build.keys + <usize>index * <usize>build.words * 8;
  for (let w: usize = 0; w < <usize>build.words; w++) store<u64>(target + (w << 3), load<u64>(key + (w << 3)));
  return index;
}

/** Enters every known point into a new, empty table. */
export function rehash(build: Build): void {
  const mask = (<usize>1 << <usize>build.tableBits) - 1;
  for (let i = 0; i < build.points; i++) {
    const tag = tagOf(build, build.keys + <usize>i * <usize>build.words * 8);
    let slot = slotOf(build, tag);
    while (load<u64>(build.tags + (slot << 3)) != 0) slot = (slot + 1) & mask;
    store<u64>(build.tags + (slot << 3), tag);
    store<u32>(build.indices + (slot << 2), i);
  }
}

/**
 * Finds the simplex around each input point from `from` on, in the given order: vertex r of point i is lattice point
 * vertices[i * (d + 1) + r] with barycentric weight weights[i * (d + 1) + r]. Returns how many points are done: fewer than `count` when the
 * table is full.
 */
export function embed(build: Build, features: usize, order: usize, from: i32, count: i32, vertices: usize, weights: usize): i32 {
  const d = build.dimensions;
  const room = <usize>(d + 2) << 2;
  const elevated = build.scratch;
  const origin = elevated + room;
  const rank = origin + room;
  const axisOfRank = rank + room;
  const barycentric = axisOfRank + room;
  const key = (barycentric + room + 7) & ~7;
  const words = <usize>build.words;
  const cells = <f32>(d + 1);
  const inverse: f32 = <f32>1.0 / cells;
  // Neighboring points often share a simplex: remember the last one.
  let last: usize = 0;

  for (let n = from; n < count; n++) {
    if (build.points + d + 1 > build.limit) return n;
    const point = order ? <usize>load<u32>(order + (<usize>n << 2)) : <usize>n;

    // y = E p (page 5): onto the hyperplane through 0 orthogonal to (1, …, 1).
    const feature = features + point * <usize>d * 4;
    let sum: f32 = 0;
    for (let j = d; j > 0; j--) {
      const at = <usize>(j - 1) << 2;
      const x = load<f32>(feature + at) * load<f32>(build.scale + at);
      store<f32>(elevated + (<usize>j << 2), sum - <f32>j * x);
      sum += x;
    }
    store<f32>(elevated, sum);

    // The nearest point whose coordinates are all multiples of d + 1.
    let total: f32 = 0;
    for (let i: usize = 0; i <= <usize>d; i++) {
      const v = nearest(inverse * load<f32>(elevated + (i << 2)));
      store<f32>(origin + (i << 2), v * cells);
      store<i32>(rank + (i << 2), 0);
      total += v;
    }

    // Where each coordinate's difference stands in descending order.
    for (let i: usize = 0; i < <usize>d; i++) {
      const a = load<f32>(elevated + (i << 2)) - load<f32>(origin + (i << 2));
      let ahead: i32 = load<i32>(rank + (i << 2));
      for (let j = i + 1; j <= <usize>d; j++) {
        const less = i32(a < load<f32>(elevated + (j << 2)) - load<f32>(origin + (j << 2)));
        ahead += less;
        store<i32>(rank + (j << 2), load<i32>(rank + (j << 2)) + 1 - less);
      }
      store<i32>(rank + (i << 2), ahead);
    }

    // Rounding may have left the hyperplane: come back.
    const shift = <i32>total;
    for (let i: usize = 0; i <= <usize>d; i++) {
      let r = load<i32>(rank + (i << 2)) + shift;
      let o = load<f32>(origin + (i << 2));
      if (r < 0) { r += d + 1; o += cells; }
      else if (r > d) { r -= d + 1; o -= cells; }
      store<i32>(rank + (i << 2), r);
      store<f32>(origin + (i << 2), o);
      store<i32>(axisOfRank + (<usize>r << 2), <i32>i);
    }

    // Barycentric coordinates (page 10).
    let before: f32 = 0;
    let first: f32 = 0;
    const weight = weights + point * <usize>(d + 1) * 4;
    for (let r = d; r >= 0; r--) {
      const i = <usize>load<i32>(axisOfRank + (<usize>r << 2)) << 2;
      const v = (load<f32>(elevated + i) - load<f32>(origin + i)) * inverse;
      if (r == d) first = v;
      else store<f32>(weight + (<usize>(d - r) << 2), v - before);
      before = v;
    }
    store<f32>(weight, first + (<f32>1.0 - before));

    // The vertices: from one to the next is one step along the axis of rank d, d - 1, … 1.
    for (let w: usize = 0; w < words; w++) store<u64>(key + (w << 3), load<u64>(build.origin + (w << 3)));
    for (let i: usize = 0; i < <usize>d; i++) {
      const at = key + (<usize>load<i32>(build.wordOf + (i << 2)) << 3);
      store<u64>(at, load<u64>(at) + (<u64><i64>load<f32>(origin + (i << 2)) << <u64>load<i32>(build.shifts + (i << 2))));
    }
    const vertex = vertices + point * <usize>(d + 1) * 4;
    for (let r: usize = 0; r <= <usize>d; r++) {
      if (r > 0) {
        const step = build.steps + <usize>load<i32>(axisOfRank + ((<usize>d + 1 - r) << 2)) * words * 8;
        for (let w: usize = 0; w < words; w++) store<u64>(key + (w << 3), load<u64>(key + (w << 3)) + load<u64>(step + (w << 3)));
      }
      // The vertex of the point before is often the same one: its key lies in the cache.
      if (last) {
        const candidate = load<u32>(last + (r << 2));
        if (sameKey(build, candidate, key)) {
          store<u32>(vertex + (r << 2), candidate);
          continue;
        }
      }
      store<u32>(vertex + (r << 2), find(build, key, true));
    }
    last = vertex;
  }
  return count;
}

/** One step up along `axis` from every lattice point: next[i] = its index or -1; previous: the inverse. Returns how many have either. */
export function link(build: Build, axis: i32, next: usize, previous: usize): i32 {
  const words = <usize>build.words;
  const step = build.steps + <usize>axis * words * 8;
  const key = build.scratch;
  const points = <usize>build.points;
  memory.fill(previous, 0xff, points << 2);
  for (let i: usize = 0; i < points; i++) {
    const own = build.keys + i * words * 8;
    for (let w: usize = 0; w < words; w++) store<u64>(key + (w << 3), load<u64>(own + (w << 3)) + load<u64>(step + (w << 3)));
    const neighbor = find(build, key, false);
    store<i32>(next + (i << 2), neighbor);
    if (neighbor >= 0) store<i32>(previous + (<usize>neighbor << 2), <i32>i);
  }
  let linked = 0;
  for (let i: usize = 0; i < points; i++) {
    linked += i32(load<i32>(next + (i << 2)) >= 0 || load<i32>(previous + (i << 2)) >= 0);
  }
  return linked;
}

/** The last point of a chain carries this bit. */
export const END: u32 = 0x80000000;

/** Writes the chains of linked points of one axis one after another. Returns how many numbers were written. */
export function writeChains(points: i32, next: usize, previous: usize, chains: usize): i32 {
  let written = 0;
  for (let i = 0; i < points; i++) {
    const at = <usize>i << 2;
    if (load<i32>(previous + at) >= 0) continue;
    let p = load<i32>(next + at);
    if (p < 0) continue;
    store<u32>(chains + (<usize>(written++) << 2), i);
    for (;;) {
      const after = load<i32>(next + (<usize>p << 2));
      store<u32>(chains + (<usize>(written++) << 2), after < 0 ? <u32>p | END : <u32>p);
      if (after < 0) break;
      p = after;
    }
  }
  return written;
}

/**
 * The transposed incidence: entries starts[m] … starts[m + 1] - 1 are the pairs (input point u32, weight f32) that touch lattice point m.
 * `starts` has points + 1 numbers and is zero on entry. The weights of the output side are multiplied by `alpha`.
 */
export function writeIncidence(
  points: i32, count: i32, vertexCount: i32, vertices: usize, weights: usize, starts: usize, entries: usize, alpha: f32,
): void {
  const total = <usize>count * <usize>vertexCount;
  for (let e: usize = 0; e < total; e++) {
    const at = starts + (<usize>load<u32>(vertices + (e << 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let end: u32 = 0;
  for (let m: usize = 0; m <= <usize>points; m++) {
    end += load<u32>(starts + (m << 2));
    store<u32>(starts + (m << 2), end);
  }
  // Filled from the back, each list ends in ascending order and starts[m] where list m begins.
  let e = total;
  for (let n = count - 1; n >= 0; n--) {
    for (let r = 0; r < vertexCount; r++) {
      e--;
      const at = starts + (<usize>load<u32>(vertices + (e << 2)) << 2);
      const place = load<u32>(at) - 1;
      store<u32>(at, place);
      store<u32>(entries + (<usize>place << 3), n);
      const weight = load<f32>(weights + (e << 2));
      store<f32>(entries + (<usize>place << 3) + 4, weight);
      store<f32>(weights + (e << 2), weight * alpha);
    }
  }
}

/** Multiplies the weights of the input side by before[n] and those of the output side by after[n], for each input point n. */
export function scaleWeights(count: i32, vertexCount: i32, weights: usize, entries: usize, before: usize, after: usize): void {
  const end = entries + (<usize>count * <usize>vertexCount << 3);
  for (let p = entries; p < end; p += 8) store<f32>(p + 4, load<f32>(p + 4) * load<f32>(before + (<usize>load<u32>(p) << 2)));
  let p = weights;
  for (let n: usize = 0; n < <usize>count; n++) {
    const factor = load<f32>(after + (n << 2));
    for (let r = 0; r < vertexCount; r++, p += 4) store<f32>(p, load<f32>(p) * factor);
  }
}
