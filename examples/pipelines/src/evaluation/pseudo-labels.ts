import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { backgroundLevels, IGNORE, keptClasses } from '@wsss/cam';
import { type LabelMap, labelsOfMask, type Picture, type SegmentationDataset, writePalettePng } from '@wsss/datasets';
import { graphsByShape } from '@wsss/engine';
import type { ConfusionMatrix } from '@wsss/metrics';
import { type ClassActivationOptions, classActivations, type PictureActivations, strongest } from '../inference/class-activations.js';
import type { Crf } from '../inference/crf-refinement.js';
import { countAndShowImages, type LabeledImage } from '../inference/shown-images.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';
import { type SheetEntry, thumbnail } from '../report/picture-sheet.js';
import { heatOverlay, labelOverlay, type Pixels } from '../report/pictures.js';
import { addUp, countImage } from './image-counts.js';
import type { ImageStream } from './image-pass.js';

/** What is counted of an image: pseudo labels, and the same without refinement, each on the pixels that it decides. */
export type PseudoKind = 'pseudo' | 'unrefined';

export interface PseudoLabelOptions extends ClassActivationOptions, ImageStream<PseudoKind> {
  /** Folder of the results. */
  out: string;
  /** Which head's maps are used. */
  head: 'main' | 'auxiliary';
  /** Up to `low` is background, from `high` on the class; between, what refinement cannot decide is ignored. */
  low: number;
  high: number;
  /** Pixel-adaptive refinement, unless null. */
  par: Recipe['par'] | null;
  /** Dense CRF, if it is wanted, from labels that are taken to be right with {@link labelCertainty}. */
  crf?: Crf;
  /** How many images, spread evenly, are shown. */
  shown: number;
}

export interface PseudoLabels {
  images: number;
  /** Where the split has masks: agreement of what is decided, and the share of pixels that is. */
  scored?: { matrices: Record<PseudoKind, ConfusionMatrix>; decided: Record<PseudoKind, number> };
  entries: SheetEntry[];
}

/** How sure a CRF is of the labels it starts from (as in IRN, Ahn et al. 2019). */
export const labelCertainty = 0.7;

/**
 * Writes refined pseudo labels of every image of a split, for a second stage that is trained with masks: `labels/ID.png`, 0 = background,
 * 255 = undecided. Only classes that the image-level labels name occur.
 *
 * A constant background joins the maps at `low` and at `high`; both are refined by PAR, by a CRF, or by one after the other; where they
 * agree, the pixel is decided.
 *
 * @throws Error when the split has no image-level labels or a result cannot be written.
 */
export async function writePseudoLabels(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  options: PseudoLabelOptions,
): Promise<PseudoLabels> {
  const { out, head, low, high, par, crf, engine } = options;
  const classes = network.classes + 1;
  const cams = classActivations(network, options);
  const levelGraphs = graphsByShape((pixels: tf.Tensor4D, maps: tf.Tensor4D) => {
    const count = maps.shape[3];
    const { downScale, ...refinement } = par ?? { downScale: 1 };
    const kept = keptClasses(new Float32Array(count).fill(1), count);
    const levels = backgroundLevels(pixels, maps, kept, { low, high, downScale, refinement: par && refinement });
    kept.dispose();
    return [levels.high, levels.low];
  }, engine);

  /** Labels 0..M of both levels, where label m is the m-th class of the image. */
  const levelsOf = async ({ width, height, data }: Picture, { classes: present, [head]: maps }: PictureActivations) => {
    const inputs = tf.tidy(
      () => [tf.tensor4d(Float32Array.from(data), [1, height, width, 3]), tf.tensor4d(maps, [1, height, width, present.length])] as const,
    );
    const results = await levelGraphs.run(...inputs).finally(() => tf.dispose([...inputs]));
    const levels = (await Promise.all(results.map(level => level.data()))) as Int32Array[];
    tf.dispose(results);
    return levels;
  };
  const { counted, entries } = await countAndShowImages<PseudoKind, LabeledImage & Levelled, LabeledImage & Levelled & Decided>(
    dataset,
    options,
    {
      compute: async image => {
        const { picture, present } = image;
        const maps = await cams.activations(picture, () => present);
        return { ...image, maps, levels: present.length ? await levelsOf(picture, maps) : undefined };
      },
      finish: async (image, id) => {
        const { picture, maps, levels } = image;
        const pixels = picture.width * picture.height;
        const { value, which } = strongest(maps[head], maps.classes.length, pixels);
        const unrefined = Uint8Array.from(which, (m, i) =>
          m < 0 || value[i]! <= low ? 0 : value[i]! <= high ? IGNORE : maps.classes[m]! + 1,
        );
        const refined =
          levels && crf ? await Promise.all(levels.map(level => crf(picture, certainLabels(level, maps.classes.length + 1), id))) : levels;
        const data = refined ? joinLevels(refined[0]!, refined[1]!, maps.classes) : new Uint8Array(pixels);
        return { ...image, value, unrefined, data };
      },
      show: ({ picture, maps, value, data, truth }, id) => panelsOf(id, dataset.classes, picture, value, data, maps.classes, truth),
      count: async ({ picture: { width, height }, unrefined, data, truth }, about) => {
        const file = join(out, 'labels', `${about.id}.png`);
        await mkdir(dirname(file), { recursive: true });
        await writePalettePng(file, { width, height, data });
        if (!truth) return { ...about, counts: {} };
        const pixels = truth.data.reduce((sum, label) => sum + (label < classes ? 1 : 0), 0);
        return { ...countImage<PseudoKind>(about, { pseudo: data, unrefined }, truth.data, classes, IGNORE), pixels };
      },
    },
  ).finally(() => {
    cams.dispose();
    levelGraphs.dispose();
  });
  const { matrices } = addUp<PseudoKind>(counted, ['pseudo', 'unrefined'], classes);
  const pixels = counted.reduce((sum, counts) => sum + (counts.pixels ?? 0), 0);
  const decided = (kind: PseudoKind) => matrices[kind].counts.reduce((sum, count) => sum + count, 0) / pixels;
  return {
    images: counted.length,
    ...(dataset.mask && { scored: { matrices, decided: { pseudo: decided('pseudo'), unrefined: decided('unrefined') } } }),
    entries,
  };
}

/** Maps, and at both levels of the background the labels 0..M, where label m is the m-th class of the image. */
interface Levelled {
  maps: PictureActivations;
  levels?: ArrayLike<number>[];
}

/** The strongest activation at every pixel, and the pseudo labels before and after refinement. */
interface Decided {
  value: Float32Array;
  unrefined: Uint8Array;
  data: Uint8Array;
}

/** Probabilities [pixels, M]: {@link labelCertainty} at the label, the rest shared by the others. */
export function certainLabels(labels: ArrayLike<number>, count: number): Float32Array {
  const probabilities = new Float32Array(labels.length * count).fill((1 - labelCertainty) / (count - 1));
  for (let i = 0; i < labels.length; i++) probabilities[i * count + labels[i]!] = labelCertainty;
  return probabilities;
}

/** Background where the low background leaves it, a class where the high one leaves one, undecided between. Label m is `classes[m − 1]`. */
export function joinLevels(high: ArrayLike<number>, low: ArrayLike<number>, classes: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: high.length }, (_, i) => (high[i] ? classes[high[i]! - 1]! + 1 : low[i] ? IGNORE : 0));
}

async function panelsOf(
  id: string,
  names: readonly string[],
  picture: Picture,
  value: Float32Array,
  data: Uint8Array,
  classes: readonly number[],
  truth?: LabelMap,
): Promise<SheetEntry> {
  const panels: [caption: string, pixels: Pixels, link?: string][] = [
    ['picture', picture],
    ['CAM, strongest class', heatOverlay(picture, value)],
    ['pseudo labels (white: undecided)', labelOverlay(picture, data), join('labels', `${id}.png`)],
  ];
  if (truth) panels.push(['truth', labelOverlay(picture, truth.data)]);
  const found = labelsOfMask({ ...picture, data }, names.length);
  return {
    name: id,
    classes: classes.map(c => ({ name: names[c]!, index: c + 1, ...(found[c] ? {} : { note: 'lost' }) })),
    panels: await Promise.all(
      panels.map(async ([caption, pixels, link]) => ({ caption, uri: await thumbnail(pixels), ...(link && { link }) })),
    ),
  };
}
