import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';
import { type ConfusionMatrix, scores } from '@wsss/metrics';
import { writeAtomically } from '@wsss/train';
import { type HostTensor, serializeNpy, serializeSafetensors } from '@wsss/weights';
import { type ClassActivationOptions, classActivations, mapOf, type PictureActivations, strongest } from './class-activations.js';
import type { EvaluationStream } from './evaluate.js';
import { shareByIndex } from './evaluation-share.js';
import { addUp, type ImageCounts } from './image-counts.js';
import type { SegmentationNetwork } from './model/segmentation-network.js';
import { jpeg } from './predict-pictures.js';
import { type SheetEntry, thumbnail } from './report/picture-sheet.js';
import { heatOverlay, labelOverlay, type Pixels } from './report/pictures.js';
import { streamStages } from './stream-stages.js';
import { thresholdCounts } from './threshold-counts.js';

/** The two heads whose activation maps there are. */
export const camHeads = ['main', 'auxiliary'] as const;
export type CamHead = (typeof camHeads)[number];

/** What is counted of an image: each head at each threshold. */
export type ThresholdKind = `${CamHead} ${number}`;

export interface ScoreActivationsOptions
  extends ClassActivationOptions,
    Pick<EvaluationStream, 'onImage' | 'signal' | 'finishing' | 'share'> {
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
  earlier?: Iterable<ImageCounts<ThresholdKind>>;
  onCounts?: (counts: ImageCounts<ThresholdKind>) => Promise<void>;
}

export interface ScoredActivations {
  images: number;
  /** Confusion matrices by head and threshold; undefined where the split has no masks. */
  matrices?: Record<ThresholdKind, ConfusionMatrix>;
  entries: SheetEntry[];
}

/**
 * Class activation maps of both heads for the true classes of every image of a split: heat maps, arrays, and how well they agree with
 * the masks at each background threshold.
 *
 * @throws Error when the split has no image-level labels or a result cannot be written.
 */
export async function scoreActivations(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  options: ScoreActivationsOptions,
): Promise<ScoredActivations> {
  const { out, thresholds, background, arrays, finishing, signal, share } = options;
  const classes = network.classes + 1;
  const counted = new Map([...(options.earlier ?? [])].map(counts => [counts.index, counts]));
  const isShown = spread(dataset.length, options.shown);
  const entries = new Map<number, SheetEntry>();
  const { activations, dispose } = classActivations(network, options);
  try {
    await streamStages(
      // Images that are shown are needed again, even if they have been counted.
      Array.from({ length: dataset.length }, (_, index) => index).filter(
        index => (share?.isMine(index) ?? true) && (!counted.has(index) || isShown(index)),
      ),
      {
        read: async index => {
          const [picture, labels, truth] = await Promise.all([dataset.image(index), dataset.labels(index), dataset.mask?.(index)]);
          return { picture, truth, present: dataset.classes.map((_, c) => c).filter(c => labels[c]! > 0) };
        },
        compute: async ({ present, ...record }) => ({ ...record, maps: await activations(record.picture, () => present) }),
        finish: async ({ picture, truth, maps }, index) => {
          const id = dataset.id(index);
          const heads = camHeads.map(head => {
            const { value, which } = strongest(maps[head], maps.classes.length, picture.width * picture.height);
            return { head, value, label: which.map(m => (m < 0 ? 0 : maps.classes[m]! + 1)) };
          });
          if (isShown(index)) entries.set(index, await heatMaps(out, id, dataset.classes, picture, maps, heads[0]!, background, truth));
          if (counted.has(index)) return;
          if (arrays) await saveArrays(join(out, 'arrays', id), arrays, dataset.classes, picture, maps);
          const counts: ImageCounts<ThresholdKind>['counts'] = {};
          for (const { head, value, label } of truth ? heads : [])
            thresholdCounts(value, label, truth!.data, classes, thresholds).forEach((pairs, i) => {
              counts[`${head} ${thresholds[i]!}`] = pairs;
            });
          await options.onCounts?.({ index, id, counts });
          counted.set(index, { index, id, counts });
          options.onImage?.(counted.size);
        },
      },
      { finishing, signal },
    );
  } finally {
    dispose();
  }
  const kinds = camHeads.flatMap(head => thresholds.map(threshold => `${head} ${threshold}` as ThresholdKind));
  await shareByIndex(share, counted);
  await shareByIndex(share, entries);
  return {
    images: counted.size,
    ...(dataset.mask && { matrices: addUp(counted.values(), kinds, classes).matrices }),
    entries: [...entries].sort(([a], [b]) => a - b).map(([, entry]) => entry),
  };
}

/** Mean IoU of both heads at each threshold, and where it is highest. */
export function thresholdTable(matrices: Record<ThresholdKind, ConfusionMatrix>, thresholds: readonly number[]) {
  const rows = thresholds.map(threshold => ({
    threshold,
    main: scores(matrices[`main ${threshold}`]!).miou,
    auxiliary: scores(matrices[`auxiliary ${threshold}`]!).miou,
  }));
  const best = (head: CamHead) => rows.reduce((a, b) => (b[head] > a[head] ? b : a));
  return { rows, best: { main: best('main'), auxiliary: best('auxiliary') } };
}

/** Which of `length` things are among `count` that are spread evenly. */
export function spread(length: number, count: number): (index: number) => boolean {
  const chosen = new Set(Array.from({ length: Math.min(count, length) }, (_, i) => Math.floor((i * length) / Math.min(count, length))));
  return index => chosen.has(index);
}

async function heatMaps(
  out: string,
  id: string,
  names: readonly string[],
  picture: Picture,
  maps: PictureActivations,
  { value, label }: { value: Float32Array; label: Int32Array },
  background: number,
  truth?: LabelMap,
): Promise<SheetEntry> {
  const panels: [caption: string, pixels: Pixels, link?: string][] = [['picture', picture]];
  for (const [m, c] of maps.classes.entries())
    for (const head of camHeads) {
      const heat = heatOverlay(picture, mapOf(maps[head], m, maps.classes.length));
      const file = join('overlays', `${id}-${names[c]!.replace(/[^\p{L}\p{N}]+/gu, '-')}${head === 'main' ? '' : '-auxiliary'}.jpg`);
      await mkdir(dirname(join(out, file)), { recursive: true });
      await writeAtomically(join(out, file), await jpeg(heat));
      panels.push([`${head === 'main' ? 'CAM' : 'auxiliary CAM'} of ${names[c]}`, heat, file]);
    }
  const level = Math.fround(background);
  panels.push([
    `CAM above ${background}`,
    labelOverlay(
      picture,
      label.map((l, i) => (value[i]! > level ? l : 0)),
    ),
  ]);
  if (truth) panels.push(['truth', labelOverlay(picture, truth.data)]);
  return {
    name: id,
    classes: maps.classes.map(c => ({ name: names[c]!, index: c + 1 })),
    panels: await Promise.all(
      panels.map(async ([caption, pixels, link]) => ({ caption, uri: await thumbnail(pixels), ...(link && { link }) })),
    ),
  };
}

async function saveArrays(
  path: string,
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
  if (format === 'npy') for (const [name, tensor] of tensors) await writeAtomically(`${path}.${name}.npy`, serializeNpy(tensor));
  else {
    const metadata = { classes: classes.map(c => names[c]!).join(', ') };
    await writeAtomically(`${path}.safetensors`, serializeSafetensors(tensors, { float: 'F16', metadata }));
  }
}
