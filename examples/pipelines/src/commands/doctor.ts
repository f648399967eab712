import { inspectEngines } from '@wsss/engine';
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
      if (json)
        process.stdout.write(`${JSON.stringify({ node: process.version, platform: `${process.platform}-${process.arch}`, engines })}\n`);
      else {
        process.stdout.write(`Node ${process.version} on ${process.platform}-${process.arch}\n`);
        for (const { name, works, version, threads, memoryBytes, why, fix } of engines)
          process.stdout.write(
            works
              ? `works   ${name.padEnd(7)} ${version}, ${threads} thread${threads === 1 ? '' : 's'}, ` +
                  `${(memoryBytes! / 2 ** 30).toFixed(1)} GiB\n`
              : `–       ${name.padEnd(7)} ${why}${fix ? `\n                → ${fix}` : ''}\n`,
          );
      }
    });
}
