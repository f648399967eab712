import { runProgram } from '@wsss/files';
import { muteOtherRanks } from '@wsss/parallel/mute-other-ranks';
import type { Command } from 'commander';
import { createProgram } from './commands/program.js';

/** Runs the `mcc` command. Errors become one line and exit code 1. */
export async function main(argv: readonly string[]): Promise<void> {
  let program: Command | undefined;
  await runProgram(
    'mcc',
    async () => {
      muteOtherRanks();
      program = await createProgram(argv);
      await program.parseAsync(argv as string[]);
    },
    () => program?.opts().traceErrors,
  );
}
