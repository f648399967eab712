import { installTensorFlow } from '@wsss/engine';
import { Argument, type Command } from 'commander';

/** mcc engine: fetches TensorFlow's library, which is never part of an installation. */
export function addCommand(command: Command): void {
  command
    .description('Manage engines.')
    .command('install')
    .summary("fetch TensorFlow's library")
    .description("Fetches TensorFlow's C library from its Python wheel, for the native (CPU) or the CUDA engine. No compiler is needed.")
    .addArgument(new Argument('<engine>', 'which').choices(['native', 'cuda']))
    .option('--from <wheel>', 'a wheel that is here already, instead of fetching one')
    .action(async (kind: 'native' | 'cuda', { from }: { from?: string }) => {
      const { folder, bytes } = await installTensorFlow(kind, { from, onProgress: line => process.stderr.write(`${line}\n`) });
      process.stdout.write(`TensorFlow's library is in ${folder} (${Math.round(bytes / 1e6)} MB). mcc doctor shows whether it works.\n`);
    });
}
