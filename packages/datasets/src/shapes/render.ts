import { gaussianBlur } from '../augment/gaussian-blur.js';
import type { LabelMap, Picture } from '../dataset.js';
import type { Random } from '../random.js';
import type { Figure } from './classes.js';
import type { Layer, Scene } from './scene.js';
import type { Texture } from './texture.js';

/** A scene as it is before the camera. Layers are counted from 1; 0 is the background. */
export interface Painting {
  size: number;
  /** [size, size, 3] red, green, blue, 0 … 255 and, in bright light, beyond. */
  canvas: Float32Array;
  /** The layer seen at each pixel: the last whose figure has the pixel's center inside. */
  owner: Uint8Array;
  /** The pixels of each layer, seen or covered by others. */
  area: Uint32Array;
}

/** Paints a scene from back to front, edges antialiased over one pixel. @param size side of the picture in pixels */
export function paintScene(scene: Scene, size: number): Painting {
  const canvas = new Float32Array(size * size * 3);
  const owner = new Uint8Array(size * size);
  paintBackground(canvas, size, scene.background);
  const area = Uint32Array.of(size * size, ...scene.layers.map((layer, i) => paintLayer(canvas, owner, size, layer, i + 1, scene.light)));
  return { size, canvas, owner, area };
}

/** The exact mask of a painted scene. */
export function maskOf({ layers }: Scene, { size, owner }: Painting): LabelMap {
  const labels = Uint8Array.of(0, ...layers.map(({ label }) => label));
  return { width: size, height: size, data: owner.map(layer => labels[layer]!) };
}

/** The picture of a painted scene, with the blur and the noise of the camera. */
export function photograph({ blur, noise }: Scene, { size, canvas }: Painting, random: Random): Picture {
  const picture = { width: size, height: size, data: new Uint8Array(Uint8ClampedArray.from(canvas).buffer) };
  return addNoise(blur > 0 ? gaussianBlur(picture, blur * size) : picture, noise, random);
}

function paintBackground(canvas: Float32Array, size: number, { pattern, colors: [first, second] }: Texture): void {
  for (let row = 0, i = 0; row < size; row++)
    for (let column = 0; column < size; column++, i += 3) {
      const t = pattern((column + 0.5) / size, (row + 0.5) / size);
      for (let c = 0; c < 3; c++) canvas[i + c] = first[c]! + t * (second[c]! - first[c]!);
    }
}

/** Paints a figure over what is there; returns the number of its pixels. */
function paintLayer(canvas: Float32Array, owner: Uint8Array, size: number, layer: Layer, number: number, light: Scene['light']): number {
  const { x, y, radius, angle, stretch, warp, figure, mark } = layer;
  const { pattern, colors } = layer.texture;
  const [first, second] = colors;
  const markFigure = mark && onBody(mark);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const pixelsPerUnit = radius * size;
  const extent = 1.1 + 1.5 * warp.amount + 1 / pixelsPerUnit; // no figure reaches farther from its center
  const reach = radius * extent * Math.max(stretch, 1 / stretch);
  const [top, bottom] = span(y, reach, size);
  const [left, right] = span(x, reach, size);
  let area = 0;
  for (let row = top; row < bottom; row++)
    for (let column = left; column < right; column++) {
      const px = (column + 0.5) / size;
      const py = (row + 0.5) / size;
      const dx = (px - x) / radius;
      const dy = (py - y) / radius;
      const u = (cos * dx + sin * dy) / stretch;
      const v = (cos * dy - sin * dx) * stretch;
      if (u * u + v * v > extent * extent) continue;
      const distance = figure(u + warp.amount * Math.sin(3 * v + warp.phaseX), v + warp.amount * Math.sin(3 * u + warp.phaseY));
      const cover = coverage(distance, pixelsPerUnit);
      if (cover === 0) continue;
      const at = row * size + column;
      if (distance <= 0) {
        owner[at] = number;
        area++;
      }
      const marked = markFigure ? cover * coverage(markFigure(u, v), pixelsPerUnit) : 0;
      const t = pattern(px, py);
      const shade = 1 - light.strength * (light.x * dx + light.y * dy);
      for (let c = 0, i = at * 3; c < 3; c++, i++) {
        const body = canvas[i]! + cover * (shade * (first[c]! + t * (second[c]! - first[c]!)) - canvas[i]!);
        canvas[i] = mark ? body + marked * (mark.color[c]! - body) : body;
      }
    }
  return area;
}

const span = (center: number, reach: number, size: number): [number, number] => [
  Math.max(0, Math.floor((center - reach) * size)),
  Math.min(size, Math.ceil((center + reach) * size)),
];

/** Part of a pixel inside a figure whose edge is `distance` away: 1 … 0 over one pixel. */
const coverage = (distance: number, pixelsPerUnit: number) => Math.max(0, Math.min(1, 0.5 - distance * pixelsPerUnit));

/** A mark as a figure of the body it is on: distances are in units of the body. */
function onBody({ figure, x, y, size, angle }: NonNullable<Layer['mark']>): Figure {
  const [cos, sin] = [Math.cos(angle) / size, Math.sin(angle) / size];
  return (u, v) => figure(cos * (u - x) + sin * (v - y), cos * (v - y) - sin * (u - x)) * size;
}

/** Noise of a triangular distribution (the sum of two uniform ones) and the given standard deviation. */
function addNoise({ width, height, data }: Picture, deviation: number, random: Random): Picture {
  const out = new Uint8ClampedArray(data.length);
  const unit = (deviation * Math.sqrt(6)) / 0x10000;
  for (let i = 0; i < data.length; i++) {
    const bits = random.uint32();
    out[i] = data[i]! + unit * ((bits & 0xffff) + (bits >>> 16) - 0xffff);
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
