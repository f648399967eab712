import * as tf from '@tensorflow/tfjs-core';
import { backgroundLevels, IGNORE, keptClasses } from '@wsss/cam';
import { type LabelMap, labelsOfMask, type Picture, type SegmentationDataset, writePalettePng } from '@wsss/datasets';
import { type Engine, graphsByShape } from '@wsss/engine';
import { ResultFolder } from '@wsss/files';
import { scores } from '@wsss/metrics';
import { type ClassActivationOptions, classActivations, type PictureActivations, strongest } from '../inference/class-activations.js';
import type { Crf } from '../inference/crf.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';
import { type SheetEntry, type SheetPanel, sheetEntry } from '../report/picture-sheet.js';
import { heatOverlay, labelOverlay } from '../report/pictures.js';
import { addUp, countImage, type ImageCounts } from './image-counts.js';
import { readLabeled, recordNames } from './labeled-image.js';
import { type ImagePass, overImages, type PassResult } from './over-images.js';

/** What is counted of an image: pseudo labels, and the same without PAR and CRF, each on the pixels that it decides. */
type PseudoKind = 'pseudo' | 'unrefined';
export type PseudoCounts = ImageCounts<PseudoKind>;

interface PseudoLabelOptions extends ClassActivationOptions {
  /** Folder of the results. */
  out: string;
  /** Which head's maps are used. */
  head: 'main' | 'auxiliary';
  /** Up to `low` is background, from `high` on the class; between, what PAR and CRF cannot decide is ignored. */
  low: number;
  high: number;
  /** Pixel-adaptive refinement, unless null. */
  par: Recipe['par'] | null;
  /** Dense CRF, if it is wanted, from labels that are taken to be right with {@link labelCertainty}. */
  crf?: Crf;
  /** How many images, spread evenly, are shown. */
  shown: number;
}

/** How sure a CRF is of the labels it starts from (as in IRN, Ahn et al. 2019). */
export const labelCertainty = 0.7;

/**
 * Writes pseudo labels of every image of a split, for a second stage that is trained with masks: `labels/ID.png`, 0 = background,
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
  pass: ImagePass<PseudoCounts>,
  options: PseudoLabelOptions,
): Promise<PassResult<PseudoCounts>> {
  const { out, head, low, high, crf, shown } = options;
  const results = new ResultFolder(out, recordNames(dataset));
  const classes = network.classes + 1;
  const cams = classActivations(network, options, pass.engine);
  const levels = levelMaps(options, pass.engine);
  return overImages(dataset, pass, {
    shown,
    read: readLabeled(dataset),
    compute: async ([image]) => {
      const { picture, present } = image!;
      const maps = await cams.activations(picture, () => present);
      return [{ ...image!, maps, levels: present.length ? await levels.run(picture, maps) : undefined }];
    },
    finish: async ({ picture, truth, maps, levels }, about, isShown) => {
      const { width, height } = picture;
      const { value, which } = strongest(maps[head], maps.classes.length, width * height);
      const labelAt = (m: number, v: number) => (m < 0 || v <= low ? 0 : v <= high ? IGNORE : maps.classes[m]! + 1);
      const unrefined = Uint8Array.from(which, (m, i) => labelAt(m, value[i]!));
      const refine = (level: ArrayLike<number>) => crf!(picture, certainLabels(level, maps.classes.length + 1), about.id);
      const refined = levels && crf ? await Promise.all(levels.map(refine)) : levels;
      const data = refined ? joinLevels(refined[0]!, refined[1]!, maps.classes) : new Uint8Array(width * height);
      await writePalettePng(results.place('labels', about.index, '.png'), { width, height, data });
      const pixels = truth?.data.reduce((sum, label) => sum + (label < classes ? 1 : 0), 0);
      return {
        done: { ...countImage<PseudoKind>(about, { pseudo: data, unrefined }, truth?.data, classes, IGNORE), pixels },
        entry: isShown
          ? await entryOf(about.id, results.path('labels', about.index, '.png'), dataset.classes, picture, value, data, maps.classes, truth)
          : undefined,
      };
    },
  }).finally(() => {
    cams.dispose();
    levels.dispose();
  });
}

/**
 * Scores of the pixels that are decided, and their share of all.
 *
 * @param classes Classes with background, K.
 */
export function scorePseudoLabels(counted: readonly PseudoCounts[], classes: number) {
  const { matrices } = addUp<PseudoKind>(counted, ['pseudo', 'unrefined'], classes);
  const pixels = counted.reduce((sum, image) => sum + (image.pixels ?? 0), 0);
  const decided = (kind: PseudoKind) => matrices[kind].counts.reduce((sum, count) => sum + count, 0) / pixels;
  return {
    pseudo: scores(matrices.pseudo),
    unrefined: scores(matrices.unrefined),
    decided: { pseudo: decided('pseudo'), unrefined: decided('unrefined') },
  };
}

/** Labels 0..M of a picture at the high and at the low background, refined by PAR if wanted; label m is the m-th class of the image. */
function levelMaps({ head, low, high, par }: PseudoLabelOptions, engine: Pick<Engine, 'canTrace'>) {
  const graphs = graphsByShape((pixels: tf.Tensor4D, maps: tf.Tensor4D) => {
    const count = maps.shape[3];
    const { downScale, ...refinement } = par ?? { downScale: 1 };
    const kept = keptClasses(new Float32Array(count).fill(1), count);
    const levels = backgroundLevels(pixels, maps, kept, { low, high, downScale, refinement: par && refinement });
    kept.dispose();
    return [levels.high, levels.low];
  }, engine);
  return {
    run: async ({ width, height, data }: Picture, { classes, [head]: maps }: PictureActivations): Promise<ArrayLike<number>[]> => {
      const pixels = tf.tensor4d(Float32Array.from(data), [1, height, width, 3]);
      const cams = tf.tensor4d(maps, [1, height, width, classes.length]);
      const results = await graphs.run(pixels, cams).finally(() => tf.dispose([pixels, cams]));
      const levels = await Promise.all(results.map(level => level.data()));
      tf.dispose(results);
      return levels;
    },
    dispose: () => graphs.dispose(),
  };
}

/** Probabilities [pixels, M]: {@link labelCertainty} at the label, the rest shared by the others. */
export function certainLabels(labels: ArrayLike<number>, count: number): Float32Array {
  const probabilities = new Float32Array(labels.length * count).fill((1 - labelCertainty) / (count - 1));
  for (let i = 0; i < labels.length; i++) probabilities[i * count + labels[i]!] = labelCertainty;
  return probabilities;
}

/** Background where the low level leaves it, a class where the high one leaves one, undecided between. Label m is `classes[m − 1]`. */
export function joinLevels(high: ArrayLike<number>, low: ArrayLike<number>, classes: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: high.length }, (_, i) => (high[i] ? classes[high[i]! - 1]! + 1 : low[i] ? IGNORE : 0));
}

function entryOf(
  id: string,
  file: string,
  names: readonly string[],
  picture: Picture,
  value: Float32Array,
  data: Uint8Array,
  classes: readonly number[],
  truth?: LabelMap,
): Promise<SheetEntry> {
  const panels: SheetPanel[] = [
    ['picture', picture],
    ['CAM, strongest class', heatOverlay(picture, value)],
    ['pseudo labels (white: undecided)', labelOverlay(picture, data), file],
  ];
  if (truth) panels.push(['truth', labelOverlay(picture, truth.data)]);
  const found = labelsOfMask({ ...picture, data }, names.length);
  const shown = classes.map(c => ({ name: names[c]!, index: c + 1, ...(found[c] ? {} : { note: 'lost' }) }));
  return sheetEntry(id, shown, panels);
}
