import {
  backboneOrSizes,
  classesAnImage,
  encoderOf,
  type PretrainedEncoder,
  type Recipe,
  reasonAgainst,
  recipes,
  shapesBackbone,
  smallRecipe,
} from '@wsss/pipelines/browser';
import { parseWeights } from '@wsss/weights';
import type { TrainingPlan } from './messages.js';

/** The encoder of a plan, if it has one. @throws Error in one sentence if the file cannot be read or holds none */
export function encoderOfPlan({ encoder }: Pick<TrainingPlan, 'encoder'>): { encoder: PretrainedEncoder; source: string } | undefined {
  if (!encoder) return undefined;
  const { name, bytes } = encoder;
  return { encoder: encoderOf(parseWeights(bytes, name), name), source: name };
}

/**
 * The recipe of a plan: that of `mcc train shapes`, or for photographs that for few images; with the small encoder's sizes, or with the
 * backbone of the encoder that was given.
 */
export function recipeOfPlan(plan: TrainingPlan, pretrained: ReturnType<typeof encoderOfPlan>): Recipe {
  const { source, iterations, crop, batch, seed, previewEvery } = plan;
  const { recipe: shapes } = recipes.shapes;
  const { recipe: folder } = recipes.folder;
  const small = !pretrained || reasonAgainst(shapesBackbone, pretrained.encoder, pretrained.source) === undefined;
  const backbone = small ? shapesBackbone : backboneOrSizes(pretrained.encoder, pretrained.source, folder.backbone);
  const usual = small ? { ...shapes, augmentation: source.kind === 'own' ? folder.augmentation : shapes.augmentation } : folder;
  const base =
    source.kind === 'shapes'
      ? { ...usual, crop, batch, iterations }
      : smallRecipe(usual, { ...known(source.images), iterations, crop, batch });
  return {
    ...base,
    backbone,
    seed,
    evaluation: { ...base.evaluation, before: false, every: previewEvery ?? Math.max(10, Math.ceil(iterations / 16)) },
    log: {
      ...base.log,
      every: Math.min(shapes.log.every, Math.max(1, Math.floor(iterations / 20))),
      checkpointEvery: Math.max(10, Math.ceil(iterations / 20)),
    },
  };
}

const known = (images: readonly { tags: readonly number[] }[]) => ({
  images: images.length,
  classesAnImage: classesAnImage(images.map(({ tags }) => tags.length)),
});

/** What people should know of an encoder that was given: of one that no name is known of, what was assumed. */
export function remarksOn({ backbone }: Recipe, source: string): string[] {
  if (typeof backbone === 'string' || backbone === shapesBackbone) return [];
  const { embedSize, depth, heads, patchSize } = backbone;
  return [
    `${source} fits no backbone that is known by name. It is read as one of ${depth} blocks of ${embedSize} channels ` +
      `with ${heads} heads and patches of ${patchSize} pixels, and pictures are normalized to −1 … 1.`,
  ];
}
