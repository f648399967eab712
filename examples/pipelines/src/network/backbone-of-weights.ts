import type { Recipe } from '../recipes/recipe.js';
import { refusal } from '../run/advice.js';
import { type PretrainedEncoder, readEncoder } from './pretrained-encoder.js';
import { type Fit, fitOf } from './weights-inspection.js';

/**
 * The backbone that a file of weights is of: the one that takes it. Of several, which differ in how images are normalized, the one that the
 * file is named after, or else the usual one.
 *
 * @param usual Name of the backbone that is meant where none is named.
 * @param prefix What stands before the encoder's names, where there are several.
 * @throws Error where none or several fit, naming them.
 */
export async function backboneOfWeights(file: string, usual: unknown, prefix?: string): Promise<string> {
  return backboneOfFit(fitOf(await readEncoder(file, prefix), file), file, usual);
}

/** The same of an encoder whose fit is known. */
function backboneOfFit({ backbones: fitting, misfits, config }: Fit, file: string, usual: unknown): string {
  const named = fitting.filter(name => file.replace(/^.*[/\\]/, '').includes(name));
  const chosen = [fitting, named, fitting.filter(name => name === usual)].find(names => names.length === 1);
  if (chosen) return chosen[0]!;
  if (fitting.length)
    throw refusal(Error, {
      problem: `${file} fits ${fitting.join(' and ')}, which normalize images differently`,
      advice: { command: ': say which it is with --backbone', page: '; give the file the name of the one that it is' },
    });
  const [reason] = Object.values(misfits);
  if (reason) throw new Error(reason);
  throw refusal(Error, {
    problem: `${file} fits no known backbone`,
    advice: { command: `: describe it in a config file (--config), such as ${JSON.stringify(config)}`, page: '' },
  });
}

/**
 * The backbone of an encoder that has been read, where nobody can be asked for its sizes: a known one by name, or else those sizes. Images
 * are normalized by mean and std 0.5 then, and the heads are as many as {@link fitOf} says.
 *
 * @throws Error as {@link backboneOfWeights}.
 */
export function backboneOrSizes(encoder: PretrainedEncoder, file: string, usual: unknown): Recipe['backbone'] {
  const fit = fitOf(encoder, file);
  const isKnown = fit.backbones.length > 0 || Object.keys(fit.misfits).length > 0;
  return isKnown ? backboneOfFit(fit, file, usual) : fit.config.backbone;
}
