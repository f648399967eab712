import { families, type PatternFamily } from './texture.js';

/** Signed distance to a figure of about unit radius around the origin: negative inside, positive outside, y downwards. */
export type Figure = (x: number, y: number) => number;

const { abs, atan2, cos, max, min, PI, sin, SQRT1_2, sqrt } = Math;

/** Length of a vector; `Math.hypot` takes several times as long. */
export const norm = (x: number, y: number) => sqrt(x * x + y * y);

const box = (x: number, y: number, halfWidth: number, halfHeight: number) => max(abs(x) - halfWidth, abs(y) - halfHeight);

/** A five-pointed star: the plane is folded onto half a point, whose edge is one straight line. */
function star(x: number, y: number): number {
  const tenth = PI / 5;
  const angle = atan2(y, x) + PI;
  const folded = abs((angle % (2 * tenth)) - tenth);
  const tip = 1.05;
  const valley = 0.5;
  const [edgeX, edgeY] = [valley * cos(tenth) - tip, valley * sin(tenth)];
  const distance = norm(x, y);
  return ((distance * cos(folded) - tip) * edgeY - distance * sin(folded) * edgeX) / norm(edgeX, edgeY);
}

/**
 * The classes of Shapes. Each has an `outline`, which is its body, and a small `mark` somewhere on the body. The mark alone gives the
 * class away, as a head does with animals: by its figure, and by its hue (0 … 6), a vivid one. So does the outline, though it is warped,
 * turned, stretched and covered. Its body often has the class's usual texture, which background and
 * clutter have as often; its colors say nothing.
 */
export const shapeClasses: readonly { name: string; outline: Figure; mark: Figure; hue: number; texture: PatternFamily }[] = [
  {
    name: 'disc',
    texture: families.dots,
    hue: 0,
    outline: (x, y) => norm(x, y) - 0.85,
    mark: (x, y) => norm(abs(x) - 0.52, y) - 0.4, // two dots
  },
  {
    name: 'square',
    texture: families.stripes,
    hue: 1.2,
    outline: (x, y) => box(x, y, 0.76, 0.76),
    mark: (x, y) => box(abs(x) - 0.5, y, 0.24, 0.85), // two bars
  },
  {
    name: 'triangle',
    texture: families.clouds,
    hue: 2.4,
    outline: (x, y) => max(abs(x) * 0.866 + y * 0.5, -y - 0.1) - 0.5,
    mark: (x, y) => abs(norm(x, y) - 0.65) - 0.24, // a ring
  },
  {
    name: 'star',
    texture: families.checks,
    hue: 3.6,
    outline: star,
    mark: (x, y) => min(box(x, y, 0.24, 0.95), box(x, y, 0.95, 0.24)), // a plus
  },
  {
    name: 'cross',
    texture: families.wavyStripes,
    hue: 4.8,
    outline: (x, y) => min(box(x, y, 0.34, 0.95), box(x, y, 0.95, 0.34)),
    mark: (x, y) => max(abs(y - abs(x) + 0.4) * SQRT1_2 - 0.24, abs(x) - 0.85), // a wedge
  },
];
