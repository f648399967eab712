import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { signalExitCode } from '@wsss/train';
import type { Command } from 'commander';

const tools = fileURLToPath(new URL('../../../tools/dist/cli.js', import.meta.url));

/** mcc bench and mcc parity: what is typed goes to the program of the repository's tools/. */
export function addCommand(command: Command): void {
  const name = command.name();
  command.description(command.summary()).helpOption(false).allowUnknownOption().allowExcessArguments();
  command.action(async () => {
    if (!existsSync(tools))
      throw new Error(`mcc ${name} comes with the repository of this program, built by pnpm build; ${tools} not found`);
    const traced = command.parent?.opts().traceErrors ? ['--trace-errors'] : [];
    const child = spawn(process.execPath, [tools, name, ...command.args, ...traced], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    process.exitCode = signal ? signalExitCode(signal) : code!;
  });
}
