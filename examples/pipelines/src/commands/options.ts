import { type Engine, type EngineName, engineNames, startEngine } from '@wsss/engine';
import { type Communicator, chooseDevice } from '@wsss/parallel';
import { InvalidArgumentError, Option } from 'commander';

/** A whole number of at least `least`, as an option's argument. */
export function integer(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}, got ${JSON.stringify(text)}.`);
    return value;
  };
}

/** A number of at least `least`, as an option's argument. */
export function number(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!text.trim() || !Number.isFinite(value) || value < least)
      throw new InvalidArgumentError(`expected a number of at least ${least}, got ${JSON.stringify(text)}.`);
    return value;
  };
}

/** A number from 0 to 1, as an option's argument. */
export function share(text: string): number {
  const value = Number(text);
  if (!text.trim() || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError(`expected a number from 0 to 1, got ${JSON.stringify(text)}.`);
  return value;
}

/** Positive numbers separated by commas, as an option's argument. */
export function positiveNumbers(text: string): number[] {
  const list = text.split(',').map(part => (part.trim() ? Number(part) : Number.NaN));
  if (!list.every(value => value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError(`expected positive numbers separated by commas, got ${JSON.stringify(text)}.`);
  return list;
}

/** Words separated by commas. */
export function words(text: string): string[] {
  const list = text
    .split(',')
    .map(word => word.trim())
    .filter(Boolean);
  if (!list.length) throw new InvalidArgumentError('expected names separated by commas.');
  return list;
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
