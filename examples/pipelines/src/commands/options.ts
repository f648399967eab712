import { type Engine, type EngineName, engineNames, startEngine } from '@wsss/engine';
import { type Communicator, chooseDevice } from '@wsss/parallel';
import { InvalidArgumentError, Option } from 'commander';

/** What an option's argument was read as. @throws InvalidArgumentError saying what was expected, if it is not right. */
export function checked<T>(value: T, isRight: boolean, expected: string, text: string): T {
  if (!isRight) throw new InvalidArgumentError(`expected ${expected}, got ${JSON.stringify(text)}.`);
  return value;
}

/** A whole number of at least `least`, as an option's argument. */
export const integer = (least: number) => (text: string) =>
  checked(Number(text), /^\d+$/.test(text.trim()) && Number(text) >= least, `a whole number of at least ${least}`, text);

/** A number of at least `least`, as an option's argument. */
export const number = (least: number) => (text: string) =>
  checked(Number(text), Number.isFinite(numberIn(text)) && Number(text) >= least, `a number of at least ${least}`, text);

/** A number from 0 to 1, as an option's argument. */
export const share = (text: string) => checked(Number(text), numberIn(text) >= 0 && numberIn(text) <= 1, 'a number from 0 to 1', text);

/** Positive numbers separated by commas, as an option's argument. */
export function positiveNumbers(text: string): number[] {
  const list = text.split(',').map(numberIn);
  const isRight = list.every(value => value > 0 && Number.isFinite(value));
  return checked(list, isRight, 'positive numbers separated by commas', text);
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
    new Option('--threads <n>', 'threads of the engine (default: all cores)').argParser(integer(1)),
    new Option('--tensorflow <dir>', "folder of TensorFlow's library, for native and cuda"),
  ];
}

export interface EngineChoice {
  engine?: 'auto' | EngineName;
  threads?: number;
  tensorflow?: string;
}

/** Starts the engine that the options name; in a job of several processes on this machine, on this one's GPU or share of the cores. */
export function startChosenEngine({ engine, threads, tensorflow }: EngineChoice, job?: Communicator): Promise<Engine> {
  const name = engine && engine !== 'auto' ? engine : process.env.WSSS_ENGINE || 'auto';
  const share = job && job.localSize > 1 ? chooseDevice(job, name === 'auto' || name === 'cuda') : undefined;
  return startEngine({ engine, threads: threads ?? share?.threads, tensorflow });
}
