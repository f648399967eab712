import type { Random } from '../random.js';

export type Color = readonly [red: number, green: number, blue: number];

/** Two colors (0 … 255) and a pattern that says for a point of the unit square how much of the second is there, 0 … 1. */
export interface Texture {
  colors: readonly [Color, Color];
  pattern: (x: number, y: number) => number;
}

/** Patterns draw their own parameters; `wave` is their wavelength as a part of the picture. */
export type PatternFamily = (random: Random, wave: number) => (x: number, y: number) => number;

const contrast = (value: number) => Math.max(0, Math.min(1, 0.5 + value)); // a wave becomes bands with soft edges

/** Smooth random values: a lattice of random numbers, interpolated, every 8 cells the same again. */
function valueNoise(random: Random, cell: number): (x: number, y: number) => number {
  const lattice = Float64Array.from({ length: 64 }, () => random.uniform());
  const at = (column: number, row: number) => lattice[(row & 7) * 8 + (column & 7)]!;
  return (x, y) => {
    const column = Math.floor(x / cell);
    const row = Math.floor(y / cell);
    const fx = x / cell - column;
    const fy = y / cell - row;
    const sx = fx * fx * (3 - 2 * fx);
    const sy = fy * fy * (3 - 2 * fy);
    const upper = at(column, row) + sx * (at(column + 1, row) - at(column, row));
    const lower = at(column, row + 1) + sx * (at(column + 1, row + 1) - at(column, row + 1));
    return upper + sy * (lower - upper);
  };
}

export const families = {
  slowChange: random => {
    const shift = random.uniform(0, 0.4);
    return x => contrast(x - 0.5 + shift);
  },
  stripes: (random, wave) => {
    const phase = random.uniform(0, 6.3);
    return x => contrast(1.2 * Math.sin((6.283 * x) / wave + phase));
  },
  wavyStripes: (random, wave) => {
    const phase = random.uniform(0, 6.3);
    return (x, y) => contrast(Math.sin((6.283 * x) / wave + 1.5 * Math.sin((3.14 * y) / wave) + phase));
  },
  checks: (_, wave) => (x, y) => contrast(2 * Math.sin((6.283 * x) / wave) * Math.sin((6.283 * y) / wave)),
  dots: (_, wave) => (x, y) => contrast(1.5 * (Math.cos((6.283 * x) / wave) + Math.cos((6.283 * y) / wave) - 0.8)),
  clouds: (random, wave) => {
    const [coarse, fine] = [valueNoise(random, 2 * wave), valueNoise(random, 0.7 * wave)];
    return (x, y) => contrast(1.6 * (0.65 * coarse(x, y) + 0.35 * fine(x, y) - 0.5));
  },
} satisfies Record<string, PatternFamily>;

/** Hue 0 … 6, saturation and value 0 … 1 → red, green, blue 0 … 255. */
function color(hue: number, saturation: number, value: number): Color {
  const channel = (offset: number) => {
    const k = (offset + hue) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Largest channel difference between the mean colors of two textures, 0 … 255. */
export function colorDistance(a: Texture, b: Texture): number {
  return Math.max(...[0, 1, 2].map(c => Math.abs(a.colors[0][c]! + a.colors[1][c]! - b.colors[0][c]! - b.colors[1][c]!) / 2));
}

/**
 * A pattern, turned at random, in two related colors. Classes, clutter and background draw from the same.
 *
 * @param family Which of the pattern families; default: any.
 */
export function drawTexture(random: Random, family?: PatternFamily): Texture {
  const wave = random.uniform(0.05, 0.2);
  const plain = (family ?? random.choice<PatternFamily>(Object.values(families)))(random, wave);
  const angle = random.uniform(0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const hue = random.uniform(0, 6);
  const saturation = random.uniform(0.05, 0.5);
  const value = random.uniform(0.35, 0.95);
  const other = color(
    (hue + random.uniform(-0.7, 0.7) + 6) % 6,
    Math.max(0, Math.min(1, saturation + random.uniform(-0.25, 0.25))),
    Math.max(0.15, Math.min(1, value + random.choice([-1, 1]) * random.uniform(0.08, 0.3))),
  );
  return { colors: [color(hue, saturation, value), other], pattern: (x, y) => plain(cos * x + sin * y, cos * y - sin * x) };
}

/** A vivid color near a hue (0 … 6): more saturated than any texture, so that it stands out. */
export function drawVividColor(random: Random, hue: number): Color {
  return color((hue + random.uniform(-0.25, 0.25) + 6) % 6, random.uniform(0.85, 1), random.uniform(0.75, 1));
}
