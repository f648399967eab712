import { openShapes, type Picture, type SegmentationDataset, subset } from '@wsss/datasets/shapes';
import type { TrainingSource } from './messages.js';

const previewed = 6;

/** What a run learns from, and what it is shown on. Of own images every tenth, at most six, is held out where there are twelve or more. */
export function trainingData(
  source: TrainingSource,
  pictures: ReadonlyMap<string, Picture>,
): { train: SegmentationDataset; held: SegmentationDataset } {
  if (source.kind === 'shapes') return { train: openShapes('train'), held: subset(openShapes('val'), [0, 1, 2, 3, 4, 5]) };
  const all = ownImages(source, pictures);
  const indices = Array.from({ length: all.length }, (_, i) => i);
  const isHeld = (i: number) => all.length >= 12 && i % 10 === 9 && i < 10 * previewed;
  const held = indices.filter(isHeld);
  const train = indices.filter(i => !isHeld(i));
  return { train: subset(all, train), held: subset(all, held.length ? held : train.slice(0, previewed)) };
}

function ownImages(
  { classes, images }: Extract<TrainingSource, { kind: 'own' }>,
  pictures: ReadonlyMap<string, Picture>,
): SegmentationDataset {
  return {
    name: 'own images',
    split: 'train',
    classes,
    length: images.length,
    id: index => images[index]!.name,
    labels: async index => Float32Array.from(classes, (_, c) => (images[index]!.tags.includes(c) ? 1 : 0)),
    image: async index => {
      const { id, name } = images[index]!;
      const picture = pictures.get(id);
      if (!picture) throw new Error(`${name} is not there any more; add it again`);
      return picture;
    },
  };
}
