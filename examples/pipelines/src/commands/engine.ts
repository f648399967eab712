import { installTensorFlow } from '@wsss/engine';
import { Progress } from '@wsss/train';
import { Argument, type Command } from 'commander';

/** mcc engine: fetches TensorFlow's library, which is never part of an installation. */
export function addEngineCommand(program: Command): void {
  const engine = program.command('engine').description('Manage engines.');
  engine
    .command('install')
    .summary("fetch TensorFlow's library")
    .description("Fetches TensorFlow's C library from its Python wheel, for the native (CPU) or the CUDA engine. No compiler is needed.")
    .addArgument(new Argument('<engine>', 'which').choices(['native', 'cuda']))
    .option('--from <wheel>', 'a wheel that is here already, instead of fetching one')
    .action(async (kind: 'native' | 'cuda', { from }: { from?: string }) => {
      const progress = new Progress({ total: 100, label: `install ${kind}` });
      const { folder, bytes } = await installTensorFlow(kind, {
        from,
        onProgress: (_what: string, share: number) => progress.update(Math.round(100 * share)),
      });
      progress.finish();
      process.stdout.write(`TensorFlow's library is in ${folder} (${Math.round(bytes / 1e6)} MB). mcc doctor shows whether it works.\n`);
    });
}
