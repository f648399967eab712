/** A seeded generator of pseudo-random numbers; the same seed and stream give the same numbers on every machine. */
export interface Random {
  /** The next 32 bits, 0 … 2³² − 1. */
  uint32(): number;
  /** Uniform in [low, high), default [0, 1), in steps of 2⁻³² of the range. */
  uniform(low?: number, high?: number): number;
  /** Uniform among the integers low ≤ n < high, without bias. */
  integer(low: number, high: number): number;
  /** True with the given probability; 0 is never, 1 always. */
  chance(probability: number): boolean;
  /** One of the items. */
  choice<T>(items: readonly T[]): T;
  /** 0 … length − 1 in random order (Fisher–Yates). */
  permutation(length: number): Uint32Array;
}

/** Finaliser of MurmurHash3: every bit of the input flips every bit of the output with probability ½. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** Hashes seed and stream into the four words of the generator's state. */
function stateOf(key: readonly (number | string)[]): Uint32Array {
  const state = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667]);
  const absorb = (word: number) => {
    for (let i = 0; i < 4; i++) state[i] = mix(state[i]! ^ mix((word + Math.imul(i + 1, 0x9e3779b9)) | 0)) + state[(i + 3) & 3]!;
  };
  for (const part of key) {
    if (typeof part === 'string') {
      absorb(0x80000000 | part.length);
      for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i));
    } else {
      if (!Number.isSafeInteger(part))
        throw new RangeError(`createRandom: seed and stream must be safe integers or strings, found ${part}`);
      absorb(part < 0 ? 1 : 0);
      absorb(Math.abs(part) >>> 0);
      absorb(Math.floor(Math.abs(part) / 2 ** 32));
    }
  }
  absorb(key.length);
  if (state.every(word => word === 0)) state[0] = 1; // the one state the generator cannot leave
  return state;
}

/**
 * A generator for a seed and a position: xoshiro128** (Blackman and Vigna 2018), its state hashed from all the arguments, so that
 * `createRandom(seed, 'crop', 17)` can be used without drawing the sixteen before it.
 *
 * @param seed safe integer
 * @param stream safe integers or strings that name the stream, for example an epoch or a sample's position
 * @example
 * const random = createRandom(42, 'epoch', 3);
 * random.permutation(4); // the same four numbers always
 */
export function createRandom(seed: number, ...stream: (number | string)[]): Random {
  let [a, b, c, d] = stateOf([seed, ...stream]) as unknown as [number, number, number, number];

  const uint32 = () => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = (low = 0, high = 1) => low + (uint32() / 2 ** 32) * (high - low);
  const integer = (low: number, high: number) => {
    const range = high - low;
    if (!Number.isInteger(range) || range < 1 || range > 2 ** 32)
      throw new RangeError(`Random.integer: expected integers low < high at most 2^32 apart, found ${low} and ${high}`);
    const limit = 2 ** 32 - (2 ** 32 % range); // numbers above it would favor the small remainders
    let bits = uint32();
    while (bits >= limit) bits = uint32();
    return low + (bits % range);
  };
  return {
    uint32,
    uniform,
    integer,
    chance: probability => uniform() < probability,
    choice: items => items[integer(0, items.length)]!,
    permutation: length => {
      const order = Uint32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(0, i + 1);
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      return order;
    },
  };
}
