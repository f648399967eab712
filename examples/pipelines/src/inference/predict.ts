import { type LabelMap, type Picture, readPicture, readPictureSize, writePalettePng } from '@wsss/datasets';
import { classFileNames, ResultFolder, visible } from '@wsss/files';
import { writeAtomically } from '@wsss/train';
import sharp from 'sharp';
import { type DoneImage, type ImagePass, overImages } from '../evaluation/over-images.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { type SheetPanel, sheetEntry } from '../report/picture-sheet.js';
import { heatOverlay, labelOverlay, writeJpeg } from '../report/pictures.js';
import { classActivations, mapOf, type PictureActivations } from './class-activations.js';
import type { Crf } from './crf.js';
import type { PictureFile } from './picture-files.js';
import { type SegmentationProtocol, type SegmentedPicture, segmenter } from './segmenter.js';

/** Pictures are decoded no larger than this; labels of larger ones are brought to their size without smoothing. */
const largestSide = 1024;

interface PredictionOptions {
  recipe: Recipe;
  /** Foreground class names. */
  classes: readonly string[];
  /** Folder of the results. */
  out: string;
  protocol: SegmentationProtocol;
  crf?: Crf;
  /** Also write a heat map of each class found, and how certain each pixel is. */
  cam?: boolean;
  confidence?: boolean;
}

/** What was found in a picture. */
export interface PredictedPicture {
  file: string;
  name: string;
  width: number;
  height: number;
  /** Classes with at least one pixel: index in the label PNG, share of the pixels in [0, 1], mean confidence there in [0, 1]. */
  found: { name: string; index: number; share: number; confidence: number }[];
  /** Files written, relative to the folder of the results. */
  files: string[];
}

/** A picture that was predicted, or could not be read. */
interface DonePicture extends DoneImage {
  picture?: PredictedPicture;
  failure?: PictureFile & { reason: string };
}

/** A picture that was read, with its size as a file, and what the network makes of it. */
interface Segmented {
  picture: Picture;
  size: { width: number; height: number };
  segmented: SegmentedPicture;
  activations?: PictureActivations;
}

/**
 * Segments pictures of any size and writes `labels/NAME.png` and `overlays/NAME.jpg` of each, on request `cams/NAME-CLASS.jpg` and
 * `confidence/NAME.png` (0..255). Pictures that cannot be read are left out and reported.
 *
 * @throws Error when a result cannot be written.
 */
export async function predictPictures(
  network: SegmentationNetwork,
  files: readonly PictureFile[],
  pass: ImagePass<DonePicture>,
  options: PredictionOptions,
) {
  const { recipe, classes, protocol, crf } = options;
  const { engine } = pass;
  const normalization = backboneOf(recipe);
  const wanted = { probabilities: crf !== undefined, confidence: true };
  const { segment, dispose } = segmenter(network, { protocol, normalization, engine, ...wanted });
  const square = { size: recipe.evaluation.size ?? recipe.crop, scales: recipe.cam.scales, normalization };
  const cams = options.cam ? classActivations(network, square, engine) : undefined;
  const results = new ResultFolder(
    options.out,
    files.map(({ name }) => name),
  );
  const images = { length: files.length, id: (index: number) => files[index]!.name };
  const { done, entries } = await overImages(images, pass, {
    shown: files.length,
    read: async (index): Promise<Pick<Segmented, 'picture' | 'size'> | { reason: string }> => {
      const { file } = files[index]!;
      try {
        const [picture, size] = await Promise.all([readPicture(file, { within: largestSide }), readPictureSize(file)]);
        return { picture, size };
      } catch (error) {
        return { reason: (error as Error).message };
      }
    },
    compute: async ([read]): Promise<(Segmented | { reason: string })[]> => {
      if ('reason' in read!) return [read];
      const { picture } = read!;
      const segmented = await segment(picture);
      const present = (logits: Float32Array) => classes.map((_, c) => c).filter(c => logits[c]! > 0 || segmented.labels.includes(c + 1));
      return [{ ...read!, segmented, activations: await cams?.activations(picture, present) }];
    },
    finish: async (computed, about) => {
      const file = files[about.index]!;
      if ('reason' in computed)
        return { done: { ...about, failure: { ...file, reason: computed.reason } }, remark: `mcc: ${visible(computed.reason)}` };
      const { picture, entry } = await writePrediction(file, placesOf(results, about.index), computed, options);
      return { done: { ...about, picture }, entry };
    },
  }).finally(() => {
    dispose();
    cams?.dispose();
  });
  return {
    pictures: done.flatMap(({ picture }) => picture ?? []),
    failures: done.flatMap(({ failure }) => failure ?? []),
    entries,
  };
}

/** Where results of one picture go, and what links lead there. */
const placesOf = (results: ResultFolder, index: number) => ({
  place: (kind: string, ending: string) => results.place(kind, index, ending),
  path: (kind: string, ending: string) => results.path(kind, index, ending),
});

async function writePrediction(
  { file, name }: PictureFile,
  { place, path }: ReturnType<typeof placesOf>,
  { picture, size, segmented, activations }: Segmented,
  { classes, crf, confidence }: PredictionOptions,
) {
  const labels = crf ? await crf(picture, segmented.probabilities!, name) : segmented.labels;
  await writePalettePng(place('labels', '.png'), enlarged({ ...picture, data: Uint8Array.from(labels) }, size));
  const overlay = labelOverlay(picture, labels);
  const panels: SheetPanel[] = [
    ['picture', picture],
    [crf ? 'segmentation with CRF' : 'segmentation', overlay, path('overlays', '.jpg')],
  ];
  await writeJpeg(place('overlays', '.jpg'), overlay);
  const classNames = classFileNames(classes);
  for (const [m, c] of (activations?.classes ?? []).entries()) {
    const heat = heatOverlay(picture, mapOf(activations!.main, m, activations!.classes.length));
    await writeJpeg(place('cams', `-${classNames[c]}.jpg`), heat);
    panels.push([`CAM of ${classes[c]}`, heat, path('cams', `-${classNames[c]}.jpg`)]);
  }
  if (confidence) {
    await writeAtomically(place('confidence', '.png'), await grayPng(picture, segmented.confidence!));
    panels.push(['confidence', heatOverlay(picture, segmented.confidence!), path('confidence', '.png')]);
  }
  const found = classesFound(labels, segmented.confidence!, classes);
  const note = (share: number) => (share < 0.01 ? '< 1 %' : `${Math.round(100 * share)} %`);
  const files = [path('labels', '.png'), ...panels.flatMap(([, , link]) => link ?? [])];
  const noted = found.map(({ share, ...one }) => ({ ...one, note: note(share) }));
  return { picture: { file, name, ...size, found, files }, entry: await sheetEntry(name, noted, panels) };
}

function classesFound(labels: ArrayLike<number>, confidence: Float32Array, classes: readonly string[]): PredictedPicture['found'] {
  const pixels = new Float64Array(classes.length + 1);
  const certainty = new Float64Array(classes.length + 1);
  for (let i = 0; i < labels.length; i++) {
    pixels[labels[i]!]! += 1;
    certainty[labels[i]!]! += confidence[i]!;
  }
  const rounded = (value: number) => Math.round(1e4 * value) / 1e4;
  const found = classes.flatMap((name, c) => {
    const [index, count] = [c + 1, pixels[c + 1]!];
    return count ? [{ name, index, share: rounded(count / labels.length), confidence: rounded(certainty[index]! / count) }] : [];
  });
  return found.sort((a, b) => b.share - a.share);
}

/** A label map in another size, each pixel the nearest label. */
function enlarged(map: LabelMap, { width, height }: { width: number; height: number }): LabelMap {
  if (map.width === width && map.height === height) return map;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * map.height) / height) * map.width;
    for (let x = 0; x < width; x++) data[y * width + x] = map.data[row + Math.floor(((x + 0.5) * map.width) / width)]!;
  }
  return { width, height, data };
}

async function grayPng({ width, height }: Picture, values: Float32Array): Promise<Uint8Array> {
  const gray = Uint8Array.from(values, value => Math.round(255 * value));
  return sharp(gray, { raw: { width, height, channels: 1 } })
    .toColorspace('b-w')
    .png()
    .toBuffer();
}
