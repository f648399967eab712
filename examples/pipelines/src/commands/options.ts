import { availableParallelism } from 'node:os';
import { type Engine, type EngineName, engineNames, startEngine } from '@wsss/engine';
import { type Communicator, chooseDevice } from '@wsss/parallel';
import { InvalidArgumentError, Option } from 'commander';

/** What an option's argument was read as. @throws InvalidArgumentError saying what was expected, if it is not right. */
export function checked<T>(value: T, isRight: boolean, expected: string, text: string): T {
  if (!isRight) throw new InvalidArgumentError(`expected ${expected}, got ${JSON.stringify(text)}.`);
  return value;
}

const bounds = (least: number, most: number) => (most === mostOfAll ? `of at least ${least}` : `from ${least} to ${most}`);
const mostOfAll = 1e9;

/** A whole number of at least `least`, as an option's argument. @param most usually 10⁹. */
export const integer =
  (least: number, most = mostOfAll) =>
  (text: string) => {
    const isRight = /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
    return checked(Number(text), isRight, `a whole number ${bounds(least, most)}`, text);
  };

/** A number of at least `least`, as an option's argument. @param most usually 10⁹. */
export const number =
  (least: number, most = mostOfAll) =>
  (text: string) =>
    checked(Number(text), numberIn(text) >= least && numberIn(text) <= most, `a number ${bounds(least, most)}`, text);

/** A number of pixels: no picture or square is larger. */
export const pixels = (least: number) => integer(least, 16_384);

/** A number of threads: few more than can run at a time. */
export const threads = integer(1, Math.max(64, 2 * availableParallelism()));

/** The option to replace what the command did not write. */
export const forceOption = () => new Option('--force', 'replace what is in the way, even if this command did not write it');

/** The option that chooses between the published recipe and one for few images. */
export const presetOption = () =>
  new Option(
    '--preset <name>',
    'small: for few images and little time; paper: the published recipe. Default: small for folder, else paper',
  ).choices(['paper', 'small']);

/** A number from 0 to 1, as an option's argument. */
export const share = (text: string) => checked(Number(text), numberIn(text) >= 0 && numberIn(text) <= 1, 'a number from 0 to 1', text);

/** Positive numbers separated by commas, as an option's argument. */
export function positiveNumbers(text: string): number[] {
  const list = text.split(',').map(numberIn);
  const isRight = list.length <= 64 && list.every(value => value > 0 && value <= 64);
  return checked(list, isRight, 'positive numbers up to 64 separated by commas', text);
}

/** A number as it is written; NaN where nothing is. */
const numberIn = (text: string) => (text.trim() ? Number(text) : Number.NaN);

/** Words separated by commas. */
export function words(text: string): string[] {
  const list = text
    .split(',')
    .map(word => word.trim())
    .filter(Boolean);
  return checked(list, list.length > 0, 'names separated by commas', text);
}

/** The options that choose an engine. */
export function engineOptions(): Option[] {
  return [
    new Option('--engine <name>', 'what computes; WSSS_ENGINE sets the default').choices(['auto', ...engineNames]),
    new Option('--threads <n>', 'threads of the engine (default: all cores)').argParser(threads),
    new Option('--tensorflow <dir>', "folder of TensorFlow's library, for native and cuda"),
  ];
}

export interface EngineChoice {
  engine?: 'auto' | EngineName;
  threads?: number;
  tensorflow?: string;
}

/** Starts the engine that the options name; in a job of several processes on this machine, on this one's GPU or share of the cores. */
export function startChosenEngine({ engine, threads: wanted, tensorflow }: EngineChoice, job?: Communicator): Promise<Engine> {
  const name = engine && engine !== 'auto' ? engine : process.env.WSSS_ENGINE || 'auto';
  const share = job && job.localSize > 1 ? chooseDevice(job, name === 'auto' || name === 'cuda') : undefined;
  return startEngine({ engine, threads: wanted ?? share?.threads, tensorflow });
}
