import type { Random } from '../random.js';
import { type Figure, norm, shapeClasses } from './classes.js';
import { type Color, colorDistance, drawTexture, drawVividColor, type Texture } from './texture.js';

/** A figure in its place. Lengths are parts of the picture's side. */
export interface Layer {
  /** Class index + 1 for objects, 0 for clutter, which belongs to the background. */
  label: number;
  figure: Figure;
  x: number;
  y: number;
  radius: number;
  angle: number;
  /** Width is multiplied and height divided by it. */
  stretch: number;
  /** Bends the outline: how far (in radii), and where the bends are. */
  warp: { amount: number; phaseX: number; phaseY: number };
  texture: Texture;
  mark?: { figure: Figure; x: number; y: number; size: number; angle: number; color: Color };
}

/** Everything there is to see, from back to front. */
export interface Scene {
  background: Texture;
  layers: Layer[];
  /** Direction the light comes from, and how strong it is. */
  light: { x: number; y: number; strength: number };
  /** Of the camera: standard deviation of the blur in parts of the picture, and of the noise in gray levels. */
  blur: number;
  noise: number;
}

/** How rich the scenes are: ranges, both ends included. */
export interface SceneSettings {
  objects: readonly [number, number];
  clutter: readonly [number, number];
}

export function drawScene(random: Random, settings: SceneSettings): Scene {
  const background = drawTexture(random);
  const behind = Array.from({ length: drawCount(random, settings.clutter) }, () => drawClutter(random));
  const objects = Array.from({ length: drawCount(random, settings.objects) }, () => drawObject(random, background));
  const inFront = settings.clutter[1] > 0 && random.chance(0.3) ? [drawLine(random)] : [];
  const lightFrom = random.uniform(0, 2 * Math.PI);
  return {
    background,
    layers: [...behind, ...objects, ...inFront],
    light: { x: Math.cos(lightFrom), y: Math.sin(lightFrom), strength: random.uniform(0.05, 0.25) },
    blur: random.chance(0.5) ? random.uniform(0.002, 0.008) : 0,
    noise: random.uniform(2, 8),
  };
}

const drawCount = (random: Random, [least, most]: readonly [number, number]) => random.integer(least, most + 1);

const drawPlace = (random: Random, margin: number) => ({
  x: random.uniform(margin, 1 - margin),
  y: random.uniform(margin, 1 - margin),
  angle: random.uniform(0, 2 * Math.PI),
});

const drawWarp = (random: Random, most: number) => ({
  amount: random.uniform(0, most),
  phaseX: random.uniform(0, 2 * Math.PI),
  phaseY: random.uniform(0, 2 * Math.PI),
});

/** Share of objects that have the usual texture of their class. */
const USUAL = 0.8;

function drawObject(random: Random, background: Texture): Layer {
  const index = random.integer(0, shapeClasses.length);
  const { outline, mark, hue, texture: usual } = shapeClasses[index]!;
  const family = random.chance(USUAL) ? usual : undefined;
  let texture = drawTexture(random, family);
  while (colorDistance(texture, background) < 40) texture = drawTexture(random, family); // it must be possible to see the outline
  const place = random.uniform(0, 2 * Math.PI);
  const away = random.uniform(0, 0.2);
  return {
    label: index + 1,
    figure: outline,
    ...drawPlace(random, 0.15),
    radius: random.uniform(0.16, 0.35),
    stretch: random.uniform(0.85, 1.18),
    warp: drawWarp(random, 0.08),
    texture,
    mark: {
      figure: mark,
      x: away * Math.cos(place),
      y: away * Math.sin(place),
      size: random.uniform(0.24, 0.32),
      angle: random.uniform(0, 2 * Math.PI),
      color: drawVividColor(random, hue),
    },
  };
}

function drawClutter(random: Random): Layer {
  return random.chance(0.35) ? drawLine(random) : drawBlob(random);
}

/** An irregular patch, of no class: three or four bulges and no mark. */
function drawBlob(random: Random): Layer {
  const bulges = random.integer(3, 5);
  const depth = random.uniform(0.15, 0.35);
  const phase = random.uniform(0, 2 * Math.PI);
  const figure: Figure = (x, y) => {
    const angle = Math.atan2(y, x);
    return norm(x, y) - 0.7 * (1 + depth * Math.sin(bulges * angle) + 0.5 * depth * Math.sin(2 * angle + phase));
  };
  return {
    label: 0,
    figure,
    ...drawPlace(random, 0),
    radius: random.uniform(0.05, 0.2),
    stretch: random.uniform(0.7, 1.4),
    warp: drawWarp(random, 0.15),
    texture: drawTexture(random),
  };
}

/** A thin bent line. */
function drawLine(random: Random): Layer {
  const thickness = random.uniform(0.02, 0.06);
  return {
    label: 0,
    figure: (x, y) => norm(Math.max(0, Math.abs(x) - 0.95), y) - thickness,
    ...drawPlace(random, 0.1),
    radius: random.uniform(0.2, 0.5),
    stretch: 1,
    warp: drawWarp(random, 0.2),
    texture: drawTexture(random),
  };
}
