import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';
import { classFileNames, ResultFolder } from '@wsss/files';
import { scores } from '@wsss/metrics';
import { writeAtomically } from '@wsss/train';
import { type HostTensor, serializeNpy, serializeSafetensors } from '@wsss/weights';
import {
  type ClassActivationOptions,
  classActivations,
  mapOf,
  type PictureActivations,
  strongest,
} from '../inference/class-activations.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { type SheetEntry, type SheetPanel, sheetEntry } from '../report/picture-sheet.js';
import { heatOverlay, labelOverlay, writeJpeg } from '../report/pictures.js';
import { addUp, type ImageCounts } from './image-counts.js';
import { readLabeled, recordNames } from './labeled-image.js';
import { type DoneImage, type ImagePass, overImages, type PassResult } from './over-images.js';
import { thresholdCounts } from './threshold-counts.js';

/** The two heads whose activation maps there are. */
const camHeads = ['main', 'auxiliary'] as const;
type CamHead = (typeof camHeads)[number];

/** What is counted of an image: each head at each threshold. */
export type ThresholdCounts = ImageCounts<`${CamHead} ${number}`>;

interface ScoreActivationsOptions extends ClassActivationOptions {
  /** Folder of the results. */
  out: string;
  /** Background thresholds that are tried, ascending. */
  thresholds: readonly number[];
  /** The threshold of the label maps that are shown. */
  background: number;
  /** Also save the maps themselves: `arrays/ID.safetensors` or `arrays/ID.*.npy`. */
  arrays?: 'npy' | 'safetensors';
  /** How many images, spread evenly, are shown with heat maps. */
  shown: number;
}

/**
 * Writes class activation maps of both heads for the true classes of every image of a split, and counts how well they agree with the
 * masks at each background threshold.
 *
 * @throws Error when the split has no image-level labels or a result cannot be written.
 */
export async function scoreActivations(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  pass: ImagePass<ThresholdCounts>,
  options: ScoreActivationsOptions,
): Promise<PassResult<ThresholdCounts>> {
  const { out, thresholds, background, arrays, shown } = options;
  const classes = network.classes + 1;
  const results = new ResultFolder(out, recordNames(dataset));
  const { activations, dispose } = classActivations(network, options, pass.engine);
  return overImages(dataset, pass, {
    shown,
    read: readLabeled(dataset),
    compute: async ([image]) => [{ ...image!, maps: await activations(image!.picture, () => image!.present) }],
    finish: async ({ picture, truth, maps }, about, isShown) => {
      const heads = camHeads.map(head => {
        const { value, which } = strongest(maps[head], maps.classes.length, picture.width * picture.height);
        return { head, value, label: which.map(m => (m < 0 ? 0 : maps.classes[m]! + 1)) };
      });
      if (arrays) await saveArrays(ending => results.place('arrays', about.index, ending), arrays, dataset.classes, picture, maps);
      const counts: ThresholdCounts['counts'] = {};
      for (const { head, value, label } of truth ? heads : [])
        thresholdCounts(value, label, truth!.data, classes, thresholds).forEach((pairs, i) => {
          counts[`${head} ${thresholds[i]!}`] = pairs;
        });
      const entry = isShown ? await heatMaps(results, about, dataset.classes, picture, maps, heads[0]!, background, truth) : undefined;
      return { done: { ...about, counts }, entry };
    },
  }).finally(dispose);
}

/**
 * Scores of both heads at one threshold, their mean IoU at each, and where that is highest.
 *
 * @param classes Classes with background, K.
 */
export function scoreThresholds(counted: readonly ThresholdCounts[], thresholds: readonly number[], background: number, classes: number) {
  const kinds = camHeads.flatMap(head => thresholds.map(threshold => `${head} ${threshold}` as const));
  const { matrices } = addUp(counted, kinds, classes);
  const scoresAt = (head: CamHead, threshold: number) => scores(matrices[`${head} ${threshold}`]!);
  const miou = (head: CamHead, threshold: number) => scoresAt(head, threshold).miou;
  const rows = thresholds.map(threshold => ({ threshold, main: miou('main', threshold), auxiliary: miou('auxiliary', threshold) }));
  const best = (head: CamHead) => rows.reduce((a, b) => (b[head] > a[head] ? b : a));
  return {
    cam: scoresAt('main', background),
    auxiliaryCam: scoresAt('auxiliary', background),
    thresholds: rows,
    best: { main: best('main'), auxiliary: best('auxiliary') },
  };
}

async function heatMaps(
  results: ResultFolder,
  { id, index }: DoneImage,
  names: readonly string[],
  picture: Picture,
  maps: PictureActivations,
  { value, label }: { value: Float32Array; label: Int32Array },
  background: number,
  truth?: LabelMap,
): Promise<SheetEntry> {
  const panels: SheetPanel[] = [['picture', picture]];
  const classNames = classFileNames(names);
  for (const [m, c] of maps.classes.entries())
    for (const head of camHeads) {
      const heat = heatOverlay(picture, mapOf(maps[head], m, maps.classes.length));
      const ending = `-${classNames[c]}${head === 'main' ? '' : '-auxiliary'}.jpg`;
      await writeJpeg(results.place('overlays', index, ending), heat);
      panels.push([`${head === 'main' ? 'CAM' : 'auxiliary CAM'} of ${names[c]}`, heat, results.path('overlays', index, ending)]);
    }
  const level = Math.fround(background);
  const decided = label.map((l, i) => (value[i]! > level ? l : 0));
  panels.push([`CAM above ${background}`, labelOverlay(picture, decided)]);
  if (truth) panels.push(['truth', labelOverlay(picture, truth.data)]);
  const shown = maps.classes.map(c => ({ name: names[c]!, index: c + 1 }));
  return sheetEntry(id, shown, panels);
}

async function saveArrays(
  place: (ending: string) => string,
  format: 'npy' | 'safetensors',
  names: readonly string[],
  { width, height }: Picture,
  { classes, main, auxiliary }: PictureActivations,
): Promise<void> {
  const shape = [height, width, classes.length];
  const tensors = new Map<string, HostTensor>([
    ['cam', { shape, data: main }],
    ['auxiliary', { shape, data: auxiliary }],
    ['classes', { shape: [classes.length], data: Int32Array.from(classes, c => c + 1) }],
  ]);
  const metadata = { classes: classes.map(c => names[c]!).join(', ') };
  if (format === 'npy') for (const [name, tensor] of tensors) await writeAtomically(place(`.${name}.npy`), serializeNpy(tensor));
  else await writeAtomically(place('.safetensors'), serializeSafetensors(tensors, { float: 'F16', metadata }));
}
