import type { EngineReport } from '@wsss/engine';
import type { StepFigures } from '../bench/step.js';

/** A case of recorded numbers, as `mcc parity --json` prints it. */
interface CaseFigures {
  name: string;
  state: string;
  worst?: { name: string; error: number; tolerance: number };
  problem?: string;
}

export interface ShapesFigures {
  seconds: number;
  /** Mean IoU of the segmentation after the last iteration, 0 … 1. */
  segmentation?: number;
  /** What was logged, by iteration. */
  records: { step: number; values: Record<string, number | null> }[];
}

/** What one engine did. */
export interface EngineFigures {
  name: string;
  version?: string;
  shapes?: ShapesFigures;
  steps: StepFigures[];
  parity?: CaseFigures[];
  /** What could not be measured, and why: what was asked for, and the error. */
  problems: string[];
}

export interface GpuReport {
  written: string;
  machine: Record<string, string>;
  /** Engines that work here, and why others do not. */
  doctor: EngineReport[];
  engines: EngineFigures[];
}

/**
 * Runs `mcc` with arguments until it ends, or for so many seconds.
 *
 * @throws Error saying what went wrong, with the last lines that it wrote
 */
export type RunMcc = (args: string[], seconds: number) => Promise<string>;

/** The sizes at which an iteration is timed: the one of the small runs, the published one, and one for which a GPU is bought. */
export const stepSizes = [
  { backbone: 'deit_tiny_patch16_224', crop: 224, batch: 4 },
  { backbone: 'deit_small_patch16_224', crop: 448, batch: 4 },
  { backbone: 'deit_base_patch16_224', crop: 448, batch: 4 },
];

interface Measuring {
  engines: readonly string[];
  /** Seconds for everything. What has no time left is listed among the problems. */
  seconds: number;
  machine: Record<string, string>;
  /** Folder of recorded cases. */
  golden: string;
  /** Folder for runs, which nobody needs afterwards. */
  temporary: string;
  run: RunMcc;
  /** Reads what a run has logged. */
  logOf: (out: string) => ShapesFigures['records'];
  /** Is told what begins. */
  begins: (what: string) => void;
  /** Is given what there is so far, after every step. */
  found: (report: GpuReport) => Promise<void>;
}

/** Asks which engines work and lets each of the named ones train on Shapes, be compared with the recorded numbers, and be timed. */
export async function measureEngines(options: Measuring): Promise<GpuReport> {
  const { engines, seconds, machine, golden, temporary, run, logOf, begins, found } = options;
  const ends = performance.now() + 1000 * seconds;
  const report: GpuReport = { written: new Date().toISOString(), machine, doctor: [], engines: [] };
  const problems: string[] = [];
  /** Runs one command and keeps what it prints, or why it could not be. */
  const step = async <Result>(what: string, list: string[], args: string[], keep: (result: Result) => void) => {
    const left = (ends - performance.now()) / 1000;
    if (left < 1) list.push(`${what}: no time was left`);
    else {
      begins(what);
      try {
        keep(JSON.parse(await run([...args, '--json'], left)) as Result);
      } catch (error) {
        list.push(`${what}: ${(error as Error).message}`);
      }
    }
    await found(report);
  };

  await step<{ engines: EngineReport[] }>('engines', problems, ['doctor'], result => report.doctor.push(...result.engines));
  for (const name of engines) {
    const { works = true, version, why, fix } = report.doctor.find(engine => engine.name === name) ?? {};
    const figures: EngineFigures = { name, version, steps: [], problems: [...problems] };
    report.engines.push(figures);
    if (!works) {
      figures.problems.push([why, fix].filter(Boolean).join('. '));
      await found(report);
      continue;
    }
    const measure = <Result>(what: string, args: string[], keep: (result: Result) => void) =>
      step<Result>(`${name}: ${what}`, figures.problems, [...args, '--engine', name], keep);
    const out = `${temporary}/${name}`;
    await measure<{ seconds: number; evaluation?: { segmentation: { miou: number } } }>(
      '100 iterations on Shapes',
      ['train', 'shapes', '--iterations', '100', '--out', out],
      result => {
        figures.shapes = { seconds: result.seconds, segmentation: result.evaluation?.segmentation.miou, records: logOf(out) };
      },
    );
    await measure<{ results: CaseFigures[] }>('recorded numbers', ['parity', golden], ({ results }) => {
      figures.parity = results.map(({ name, state, worst, problem }) => ({ name, state, worst, problem }));
    });
    for (const { backbone, crop, batch } of stepSizes) {
      const size = ['--backbone', backbone, '--crop', `${crop}`, '--batch', `${batch}`, '--rounds', '1'];
      await measure<StepFigures>(`${backbone}, ${batch} × ${crop}²`, ['bench', 'step', ...size], result => figures.steps.push(result));
    }
  }
  return report;
}
