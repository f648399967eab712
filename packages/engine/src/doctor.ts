import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type EngineFacts, type EngineName, type EngineOptions, engineNames } from './engine.js';

/** Whether an engine works on this machine. */
export interface EngineReport extends Partial<EngineFacts> {
  name: EngineName;
  works: boolean;
  /** Why it does not work. */
  why?: string;
  /** What helps. */
  fix?: string;
}

/** Runs a program with arguments and gives what it wrote, and how it ended if that was badly. */
export type Runner = (program: string, args: string[]) => Promise<{ stdout: string; stderr: string; failure?: string }>;

/**
 * Tries every engine, each in a process of its own, so that one that crashes spoils no other's report.
 *
 * @param options.tensorflow folder of TensorFlow's library, as in `startEngine`
 * @example
 * for (const { name, works, version, why, fix } of await inspectEngines()) console.log(name, works ? version : `${why}. ${fix ?? ''}`);
 */
export async function inspectEngines(options: Pick<EngineOptions, 'tensorflow'> = {}, run: Runner = runNode): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of engineNames) reports.push(await inspectEngine(name, options, run)); // one at a time: each takes all cores
  return reports;
}

export async function inspectEngine(
  name: EngineName,
  { tensorflow }: Pick<EngineOptions, 'tensorflow'> = {},
  run: Runner = runNode,
): Promise<EngineReport> {
  const program = fileURLToPath(new URL('./probe.js', import.meta.url));
  const { stdout, stderr, failure } = await run(program, [name, ...(tensorflow ? [tensorflow] : [])]);
  const report = stdout.trim().split('\n').at(-1) ?? '';
  if (report.startsWith('{')) return JSON.parse(report) as EngineReport;
  return {
    name,
    works: false,
    why: `it crashed (${failure ?? 'without a report'})${stderr ? `: ${stderr.trim().split('\n').slice(-5).join('\n')}` : ''}`,
  };
}

/** Reports as text for people, a line or two for each engine. */
export function describeEngines(reports: readonly EngineReport[]): string {
  const lines = reports.map(({ name, works, version, threads, memoryBytes, why, fix }) =>
    works
      ? `works   ${name.padEnd(7)} ${version}, ${threads} thread${threads === 1 ? '' : 's'}, ${(memoryBytes! / 2 ** 30).toFixed(1)} GiB\n`
      : `–       ${name.padEnd(7)} ${why}${fix ? `\n                → ${fix}` : ''}\n`,
  );
  return `Node ${process.version} on ${process.platform}-${process.arch}\n${lines.join('')}`;
}

const runNode: Runner = (program, args) =>
  new Promise(resolve => {
    execFile(process.execPath, [program, ...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      const failure = error ? (error.signal ? `signal ${error.signal}` : `exit code ${error.code}`) : undefined;
      resolve({ stdout, stderr, failure });
    });
  });
