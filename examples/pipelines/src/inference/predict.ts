import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type LabelMap, type Picture, readPicture, readPictureSize, writePalettePng } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { writeAtomically } from '@wsss/train';
import sharp from 'sharp';
import { streamStages } from '../evaluation/stream-stages.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { type SheetEntry, thumbnail } from '../report/picture-sheet.js';
import { heatOverlay, labelOverlay, type Pixels } from '../report/pictures.js';
import { classActivations, mapOf } from './class-activations.js';
import type { Crf } from './crf-refinement.js';
import type { PictureFile } from './picture-files.js';
import { type SegmentationProtocol, segmenter } from './segmenter.js';

/** Pictures are decoded no larger than this; labels of larger ones are brought to their size without smoothing. */
export const largestSide = 1024;

export interface PredictionOptions {
  recipe: Recipe;
  /** Foreground class names. */
  classes: readonly string[];
  /** Folder of the results. */
  out: string;
  protocol: SegmentationProtocol;
  /** Longer side that pictures are reduced to for the network, in pixels, where the protocol has no size of its own. */
  maxSide: number;
  engine: Pick<Engine, 'canTrace'>;
  crf?: Crf;
  finishing?: number;
  /** Also write a heat map of each class found, and how certain each pixel is. */
  cam?: boolean;
  confidence?: boolean;
  /** Called after every picture, also after one that could not be read. */
  onPicture?: (done: number) => void;
  /** Called with what is wrong with a picture. */
  onFailure?: (message: string) => void;
  signal?: AbortSignal;
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

export interface Predictions {
  pictures: PredictedPicture[];
  failures: { file: string; name: string; reason: string }[];
  entries: SheetEntry[];
}

/**
 * Segments pictures of any size and writes a label PNG and an overlay of each: `labels/NAME.png` and `overlays/NAME.jpg`, on request
 * `cams/NAME-CLASS.jpg` and `confidence/NAME.png` (0..255). Pictures that cannot be read are left out and reported.
 *
 * @throws Error when a result cannot be written.
 */
export async function predictPictures(
  network: SegmentationNetwork,
  pictures: readonly PictureFile[],
  options: PredictionOptions,
): Promise<Predictions> {
  const { recipe, classes, protocol, maxSide, engine, crf, out, signal } = options;
  const normalization = backboneOf(recipe);
  const patch = network.encoder.config.patchSize;
  const workingSize = (height: number, width: number) => {
    if (protocol.size !== null) return [protocol.size, protocol.size] as const;
    const factor = Math.min(1, maxSide / Math.max(height, width));
    return [Math.max(patch, Math.round(factor * height)), Math.max(patch, Math.round(factor * width))] as const;
  };
  const { segment, dispose } = segmenter(network, {
    ...{ protocol, normalization, engine, workingSize, probabilities: crf !== undefined, confidence: true },
  });
  const cams = options.cam
    ? classActivations(network, { size: recipe.evaluation.size ?? recipe.crop, scales: recipe.cam.scales, normalization, engine })
    : undefined;
  const result: Predictions = { pictures: [], failures: [], entries: [] };
  const places = new Map<string, number>(pictures.map(({ name }, i) => [name, i]));
  const done = () => options.onPicture?.(result.pictures.length + result.failures.length);
  try {
    await streamStages(
      pictures,
      {
        read: async ({ file }) => {
          try {
            const [picture, size] = await Promise.all([
              readPicture(file, { upright: true, within: largestSide }),
              readPictureSize(file, { upright: true }),
            ]);
            return { picture, size };
          } catch (error) {
            return { failure: (error as Error).message };
          }
        },
        compute: async read => {
          if (read.failure !== undefined) return read;
          const segmented = await segment(read.picture);
          const present = (logits: Float32Array) =>
            classes.map((_, c) => c).filter(c => logits[c]! > 0 || segmented.labels.includes(c + 1));
          return { ...read, segmented, activations: await cams?.activations(read.picture, present) };
        },
        finish: async (computed, { file, name }) => {
          if (computed.failure !== undefined) {
            result.failures.push({ file, name, reason: computed.failure });
            options.onFailure?.(computed.failure);
            return done();
          }
          const { picture, size, segmented, activations } = computed;
          const labels = crf ? await crf(picture, segmented.probabilities!, name) : segmented.labels;
          const files: string[] = [];
          const at = async (folder: string, ending: string) => {
            const path = join(folder, `${name}${ending}`);
            await mkdir(dirname(join(out, path)), { recursive: true });
            files.push(path);
            return join(out, path);
          };
          const labelMap = { ...picture, data: Uint8Array.from(labels) };
          await writePalettePng(await at('labels', '.png'), enlarged(labelMap, size));
          const overlay = labelOverlay(picture, labels);
          const panels: [caption: string, pixels: Pixels, link?: string][] = [['picture', picture]];
          await writeAtomically(await at('overlays', '.jpg'), await jpeg(overlay));
          panels.push([crf ? 'segmentation with CRF' : 'segmentation', overlay, files.at(-1)]);
          for (const [m, c] of (activations?.classes ?? []).entries()) {
            const heat = heatOverlay(picture, mapOf(activations!.main, m, activations!.classes.length));
            await writeAtomically(await at('cams', `-${classes[c]!.replace(/[^\p{L}\p{N}]+/gu, '-')}.jpg`), await jpeg(heat));
            panels.push([`CAM of ${classes[c]}`, heat, files.at(-1)]);
          }
          if (options.confidence) {
            await writeAtomically(await at('confidence', '.png'), await grayPng(picture, segmented.confidence!));
            panels.push(['confidence', heatOverlay(picture, segmented.confidence!), files.at(-1)]);
          }
          const found = classesFound(labels, segmented.confidence!, classes);
          result.pictures.push({ file, name, ...size, found, files });
          const note = (share: number) => (share < 0.01 ? '< 1 %' : `${Math.round(100 * share)} %`);
          result.entries.push({
            name,
            classes: found.map(({ share, ...one }) => ({ ...one, note: note(share) })),
            panels: await Promise.all(
              panels.map(async ([caption, pixels, link]) => ({ caption, uri: await thumbnail(pixels), ...(link && { link }) })),
            ),
          });
          done();
        },
      },
      { finishing: options.finishing, signal },
    );
  } finally {
    dispose();
    cams?.dispose();
  }
  const inOrder = (a: { name: string }, b: { name: string }) => places.get(a.name)! - places.get(b.name)!;
  for (const list of Object.values(result)) list.sort(inOrder);
  return result;
}

function classesFound(labels: ArrayLike<number>, confidence: Float32Array, classes: readonly string[]): PredictedPicture['found'] {
  const pixels = new Float64Array(classes.length + 1);
  const certainty = new Float64Array(classes.length + 1);
  for (let i = 0; i < labels.length; i++) {
    pixels[labels[i]!]! += 1;
    certainty[labels[i]!]! += confidence[i]!;
  }
  const rounded = (value: number) => Math.round(1e4 * value) / 1e4;
  return classes
    .map((name, c) => ({
      name,
      index: c + 1,
      share: rounded(pixels[c + 1]! / labels.length),
      confidence: rounded(certainty[c + 1]! / pixels[c + 1]!),
    }))
    .filter(({ index }) => pixels[index]! > 0)
    .sort((a, b) => b.share - a.share);
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

export async function jpeg({ width, height, data }: Pixels): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function grayPng({ width, height }: Picture, values: Float32Array): Promise<Uint8Array> {
  const gray = Uint8Array.from(values, value => Math.round(255 * value));
  return sharp(gray, { raw: { width, height, channels: 1 } })
    .toColorspace('b-w')
    .png()
    .toBuffer();
}
