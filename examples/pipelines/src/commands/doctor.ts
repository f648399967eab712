import { describeEngines, inspectEngines } from '@wsss/engine';
import type { Command } from 'commander';

/** mcc doctor: which engines work here, why others do not, and what to type. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('which engines work here')
    .description('Tries every engine and says which work here, why others do not, and what to type.')
    .option('--json', 'print the result as JSON on standard output')
    .action(async ({ json }: { json?: boolean }) => {
      const engines = await inspectEngines();
      const machine = { node: process.version, platform: `${process.platform}-${process.arch}` };
      process.stdout.write(json ? `${JSON.stringify({ ...machine, engines })}\n` : describeEngines(engines));
    });
}
