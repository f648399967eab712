import { join } from 'node:path';
import { datasetName, datasetNames, openDataset, type SegmentationDataset } from '@wsss/datasets';
import { visible } from '@wsss/files';
import type { Communicator } from '@wsss/parallel';
import { writeAtomically } from '@wsss/train';
import { Argument, type Command } from 'commander';
import { recipes } from '../recipes/registry.js';
import { type PictureSheet, pictureSheet } from '../report/picture-sheet.js';
import { type LoadedTraining, loadTraining } from '../run/checkpoint.js';
import { claimFolder, type OwnResults } from '../run/outputs.js';
import { type EngineChoice, engineOptions, forceOption, integer, pixels, startChosenEngine } from './options.js';

/** The options of commands that look at a split of a data set with a checkpoint, and write into a folder. */
export interface SplitOptions extends EngineChoice {
  checkpoint: string;
  out?: string;
  data?: string;
  split?: string;
  size?: number;
  json?: boolean;
  force?: boolean;
}

/** The options of those that write a page of pictures. */
export interface SheetOptions extends SplitOptions {
  out: string;
  show: number;
}

/** The data set as an argument. @param what it is for */
export const datasetArgument = (what: string) => new Argument('<dataset>', what).choices([...datasetNames]);

/** Adds the options of all commands that write a page of pictures about a checkpoint and a split, usually the one named here. */
export function addSheetOptions(command: Command, usual: 'training' | 'validation'): Command {
  command
    .addArgument(datasetArgument('what to look at'))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or its folder')
    .requiredOption('--out <dir>', 'folder of the results')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012)')
    .option('--split <name>', `split (default: the ${usual} split)`)
    .option('--size <pixels>', 'side of the square that images are resized to for the maps (default: that of the run)', pixels(1))
    .option('--show <n>', 'images on the page, spread evenly', integer(0, 100_000), 48)
    .option('--json', 'print the scores as JSON on standard output');
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  return command;
}

/**
 * Opens what the options name: a trained network, a split (or the `usual` one), and the engine; and makes the folder of results.
 *
 * @returns with `size` the side of the square that images are resized to, with `about` what every result says about the network.
 * @throws Error when something cannot be opened, or the checkpoint was trained on other classes.
 */
export async function openCheckpointOnSplit(
  job: Communicator,
  name: string,
  options: SplitOptions,
  usual: 'trainSplit' | 'valSplit',
  own: OwnResults,
) {
  const dataset = datasetName(name);
  const split = await openDataset(dataset, { root: options.data, split: options.split ?? recipes[dataset][usual] });
  const outputs = { inputs: [options.checkpoint, options.data], force: options.force };
  if (options.out !== undefined && job.rank === 0) claimFolder(options.out, outputs, own);
  const engine = await startChosenEngine(options, job);
  const training = await trainedNetwork(options.checkpoint);
  const { info, hash } = training;
  checkClasses(info, split, options.checkpoint);
  const { seed, variant, evaluation, crop } = info.recipe;
  const about = { iteration: info.iteration, seed, variant, checkpoint: hash, engine: engine.version };
  return { ...training, dataset, split, engine, size: options.size ?? evaluation.size ?? crop, about };
}

/** Loads the checkpoint that `--checkpoint` names. Of a folder whose newest ones are damaged, says so and which one is used. */
export async function trainedNetwork(path: string): Promise<LoadedTraining> {
  const training = await loadTraining(path);
  const { file, info, refused } = training;
  for (const { reason } of refused) process.stderr.write(`Not usable: ${visible(reason)}\n`);
  if (refused.length) process.stderr.write(`Using ${file}, after ${info.iteration} iterations\n`);
  return training;
}

/** @throws Error when a checkpoint was trained on other classes than those of a data set, saying in what they differ. */
function checkClasses(info: { dataset: string; classes: readonly string[] }, split: SegmentationDataset, file: string): void {
  const [trained, wanted] = [info.classes, split.classes];
  if (`${trained}` === `${wanted}`) return;
  const shown = (names: readonly string[]) => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  throw new Error(
    `${file} was trained on the ${trained.length} classes of ${info.dataset} (${shown(trained)}), ` +
      `but ${split.name} has ${wanted.length} (${shown(wanted)}); use a checkpoint of this data set`,
  );
}

/**
 * Writes `scores.json` and the page, and prints the scores as JSON or as text.
 *
 * @param said What people read before the description of the page: a table, sentences.
 */
export async function publishSheet({ out, json }: SheetOptions, scores: object, sheet: PictureSheet, said: string): Promise<void> {
  const text = JSON.stringify(scores);
  await writeAtomically(join(out, 'scores.json'), `${text}\n`);
  await writeAtomically(join(out, 'index.html'), pictureSheet(sheet));
  process.stdout.write(json ? `${text}\n` : `${said}\n${sheet.about.join('\n')}\n`);
}
