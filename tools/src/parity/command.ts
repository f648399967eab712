import * as tf from '@tensorflow/tfjs-core';
import { readCases } from '@wsss/fixtures';
import { type EngineChoice, engineOptions, startChosenEngine, words } from '@wsss/pipelines';
import type { Command } from 'commander';
import type { Comparison } from './check.js';
import type { ParityResult } from './compare-case.js';
import { runParityCase } from './run-parity.js';

const figuresOf = ({ error, tolerance }: Comparison, digits: number) =>
  `error ${error.toExponential(digits)}, tolerance ${tolerance.toExponential(digits)}`;

/** mcc parity: compares what this program computes with recorded numbers. */
export function addParityCommand(program: Command): void {
  const command = program
    .command('parity')
    .summary("compare with the reference program's recorded numbers")
    .description('Compares every recorded case of a folder with what this program computes: one line a case; exit code 1 if one fails.')
    .argument('<dir>', 'folder of cases, <name>.json with <name>.safetensors (in this repository: fixtures/golden)')
    .option('--only <names>', 'only these cases, separated by commas', words)
    .option('--verbose', 'show every comparison')
    .option('--json', 'print the results as JSON on standard output');
  for (const option of engineOptions()) command.addOption(option);
  command.action(async (folder: string, options: EngineChoice & { only?: string[]; verbose?: boolean; json?: boolean }) => {
    const names = readCases(folder);
    const unknown = options.only?.find(name => !names.includes(name));
    if (unknown) throw new Error(`--only: ${folder} has no case ${unknown}; it has ${names.join(', ')}`);
    const engine = await startChosenEngine(options);
    if (!options.json) process.stdout.write(`${engine.version}\n`);
    const results: ParityResult[] = [];
    for (const name of options.only ?? names) {
      tf.engine().startScope();
      const result = await runParityCase(name, folder);
      tf.engine().endScope();
      results.push(result);
      if (options.json) continue;
      const { state, worst, problem, comparisons } = result;
      const figures = worst ? `${figuresOf(worst, 1)} (${worst.name}; ${comparisons.length} comparisons)` : (problem ?? '');
      process.stdout.write(`${state.padEnd(9)} ${name.padEnd(16)} ${figures}\n`);
      for (const comparison of options.verbose ? comparisons : comparisons.filter(({ passed }) => !passed))
        process.stdout.write(`    ${comparison.passed ? 'ok  ' : 'FAIL'} ${comparison.name}: ${figuresOf(comparison, 2)}\n`);
    }
    const count = (state: string) => results.filter(result => result.state === state).length;
    if (options.json) process.stdout.write(`${JSON.stringify({ engine: engine.version, results })}\n`);
    else process.stdout.write(`${count('PASS')} passed, ${count('FAIL')} failed, ${count('not built')} not built\n`);
    if (count('FAIL')) process.exitCode = 1;
  });
}
