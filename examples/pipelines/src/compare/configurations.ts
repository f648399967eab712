import { basename } from 'node:path';
import { overlay } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';

/** A variant of a recipe, to be compared with others. */
export interface Configuration {
  /** Name of its folder. */
  name: string;
  /** What people read. */
  title: string;
  /** Values that are laid over the recipe. */
  settings: object;
  /** The value of the mask setting that it varies, for a curve. */
  varies?: { setting: 'ratio' | 'cell'; value: number };
}

const off = (...losses: (keyof Recipe['weights'])[]) => ({ weights: Object.fromEntries(losses.map(loss => [loss, 0])) });

/** From a plain multilabel transformer to MCC, each with what the one before has; ToCo's contrast and MCC's take each other's place. */
const ablation: Record<string, Omit<Configuration, 'name'>> = {
  plain: { title: 'plain CAM', settings: off('auxiliary', 'affinity', 'contrast', 'segmentation', 'denseEnergy') },
  segmentation: {
    title: '+ segmentation branch',
    settings: { ...off('auxiliary', 'affinity', 'contrast'), schedule: { mainCamForLabelsAfter: -1 } },
  },
  affinity: { title: '+ auxiliary head and affinity', settings: off('contrast') },
  token: { title: "+ ToCo's contrast of crops", settings: { contrast: { views: 'crops' } } },
  mcc: { title: '+ MCC', settings: { contrast: { views: 'masked' } } },
};

/** Lists of configurations by name: the ablation, and the paper's two of its masks. */
const configurationSets: Record<string, readonly string[]> = {
  ablation: Object.keys(ablation),
  'mask-ratio': [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99].map(ratio => `mcc-ratio-${ratio}`),
  'mask-scale': [1, 2, 4, 7].map(cell => `mcc-cell-${cell}`),
};

/**
 * The configurations that names stand for: sets, those of the ablation, `mcc-ratio-R`, `mcc-cell-C`, and JSON files.
 *
 * @throws Error naming what is not known, or is there twice.
 */
export function configurations(names: readonly string[], readFile: (file: string) => object): Configuration[] {
  const found = names.flatMap(name => configurationSets[name] ?? [name]).map(name => configuration(name, readFile));
  const twice = found.find(({ name }, i) => found.findIndex(other => other.name === name) < i);
  if (twice) throw new Error(`--configurations: ${twice.name} is there twice`);
  return found;
}

function configuration(name: string, readFile: (file: string) => object): Configuration {
  if (Object.hasOwn(ablation, name)) return { name, ...ablation[name]! };
  if (name.endsWith('.json')) return { name: basename(name, '.json'), title: basename(name, '.json'), settings: readFile(name) };
  const [, setting, digits] = /^mcc-(ratio|cell)-(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  const value = Number(digits);
  const mask = (title: string) => ({ name, title: `MCC, ${title}`, settings: { masks: { [setting!]: value } } });
  if (setting === 'ratio' && value <= 1) return { ...mask(`${Math.round(1000 * value) / 10} % hidden`), varies: { setting, value } };
  if (setting === 'cell' && Number.isInteger(value) && value >= 1)
    return { ...mask(`cells of ${value}×${value}`), varies: { setting, value } };
  const known = [...Object.keys(configurationSets), ...Object.keys(ablation), 'mcc-ratio-0.95', 'mcc-cell-4'];
  throw new Error(`--configurations: unknown ${JSON.stringify(name)}; known are ${known.join(', ')}, and files that end in .json`);
}

/** The recipe of a configuration. @throws Error naming what the recipe does not know. */
export function configure(recipe: Recipe, { name, settings }: Configuration, seed: number): Recipe {
  return { ...overlay(recipe, settings, name), seed };
}
