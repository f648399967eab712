import { checkIndex, type LabelMap, labelsOfMask, type Picture, type SegmentationDataset } from '../dataset.js';
import { createRandom } from '../random.js';
import { shapeClasses } from './classes.js';
import { maskOf, type Painting, paintScene, photograph } from './render.js';
import { drawScene, type Scene, type SceneSettings } from './scene.js';

export interface ShapesOptions {
  seed: number;
  /** Number of pictures. */
  length: number;
  /** Side of the square pictures in pixels, default 96. */
  size?: number;
  /** Another split has other pictures; default `train`. */
  split?: string;
  /** Least and most objects a picture, default [1, 3]. */
  objects?: readonly [number, number];
  /** Least and most patches and lines that belong to the background, default [2, 6]; [0, 0] for none. */
  clutter?: readonly [number, number];
}

/** An object of which less than this part of the picture, or less than this part of itself, can be seen is taken away. */
const leastVisible = { ofPicture: 0.006, ofItself: 0.4 };

/**
 * Shapes: pictures made on the fly, for tests, demonstrations and quick experiments without any download. Textured discs, squares,
 * triangles, stars and crosses, each with a small mark of its class, cover each other on a textured background with clutter. Colors
 * and textures say nothing about the class; the mark says all, so that plain class activation maps find the mark and miss the body,
 * which is what weakly supervised segmentation is about. Masks are exact, and labels are the classes in the mask.
 *
 * Picture i is determined by seed, split, i, size and the ranges; nothing is stored.
 *
 * @throws RangeError naming the option that is out of range
 * @example
 * const shapes = shapesDataset({ seed: 1, length: 2000, size: 96 });
 * const { data } = await shapes.image(0); // Uint8Array of 96 · 96 · 3
 */
export function shapesDataset(options: ShapesOptions): SegmentationDataset {
  const { seed, length, size = 96, split = 'train', objects = [1, 3], clutter = [2, 6] } = options;
  check(length, size, { objects, clutter });
  const name = 'Shapes';

  // Picture, mask and labels of a record are usually asked for together.
  let last: { index: number; picture: Picture; mask: LabelMap } | undefined;
  const make = (index: number) => {
    checkIndex(`${name} ${split}`, index, length);
    if (last?.index !== index) last = { index, ...makeShapes(seed, split, index, size, { objects, clutter }) };
    return last;
  };
  return {
    name,
    split,
    classes: shapeClasses.map(({ name }) => name),
    length,
    id: index => {
      checkIndex(`${name} ${split}`, index, length);
      return `${split}-${String(index).padStart(6, '0')}`;
    },
    labels: async index => labelsOfMask(make(index).mask, shapeClasses.length),
    image: async index => copy(make(index).picture),
    mask: async index => copy(make(index).mask),
  };
}

const copy = <T extends Picture | LabelMap>(map: T): T => ({ ...map, data: map.data.slice() });

/** Draws a scene and takes objects away, the least visible first, until enough can be seen of all that are left. */
function makeShapes(seed: number, split: string, index: number, size: number, settings: SceneSettings) {
  const random = createRandom(seed, 'shapes', split, index);
  const scene = drawScene(random, settings);
  for (;;) {
    const painting = paintScene(scene, size);
    const hidden = leastVisibleObject(scene, painting);
    if (hidden === undefined) return { picture: photograph(scene, painting, random), mask: maskOf(scene, painting) };
    scene.layers.splice(hidden, 1);
  }
}

/** Place in `layers` of the object with the fewest visible pixels, if it shows too little and is not the only one. */
function leastVisibleObject({ layers }: Scene, { size, owner, area }: Painting): number | undefined {
  const visible = new Uint32Array(layers.length + 1);
  for (const layer of owner) visible[layer]!++;
  const objects = layers.flatMap(({ label }, i) =>
    label > 0 ? [{ i, pixels: visible[i + 1]!, part: visible[i + 1]! / area[i + 1]! }] : [],
  );
  const hidden = objects.filter(({ part, pixels }) => part < leastVisible.ofItself || pixels < leastVisible.ofPicture * size * size);
  if (hidden.length === 0 || objects.length === 1) return undefined;
  return hidden.reduce((least, object) => (object.pixels < least.pixels ? object : least)).i;
}

function check(length: number, size: number, { objects, clutter }: SceneSettings): void {
  const fail = (name: string, expected: string, found: unknown) => {
    throw new RangeError(`shapesDataset: ${name} must be ${expected}, found ${JSON.stringify(found)}`);
  };
  if (!Number.isInteger(length) || length < 0) fail('length', 'an integer ≥ 0', length);
  if (!Number.isInteger(size) || size < 16) fail('size', 'an integer ≥ 16 (pixels)', size);
  const range = (name: string, [least, most]: readonly [number, number], atLeast: number) => {
    if (!Number.isInteger(least) || !Number.isInteger(most) || least < atLeast || most < least || most > 100)
      fail(name, `integers ${atLeast} ≤ least ≤ most ≤ 100`, [least, most]);
  };
  range('objects', objects, 1);
  range('clutter', clutter, 0);
}
