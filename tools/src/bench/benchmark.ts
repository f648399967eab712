import type { Engine } from '@wsss/engine';
import { type EngineChoice, engineOptions, startChosenEngine } from '@wsss/pipelines';
import { findBackbone } from '@wsss/vit';
import { type Command, Option } from 'commander';

/**
 * Makes a command of a measurement, with `--json` and, where an engine computes, the options that choose it.
 *
 * @param measure gives what `--json` prints; `start` starts the chosen engine
 * @param lines the same for people
 */
export function addBenchmark<Options, Result>(
  command: Command,
  {
    engine = false,
    example,
    measure,
    lines,
  }: {
    engine?: boolean;
    example?: string;
    measure: (options: Options, start: () => Promise<Engine>) => Promise<Result>;
    lines: (result: Result, options: Options) => (string | false | undefined)[];
  },
): void {
  command.addOption(new Option('--json', 'print the result as JSON on standard output'));
  if (engine) for (const option of engineOptions()) command.addOption(option);
  if (example) command.addHelpText('after', `\nExample:\n  ${example}`);
  command.action(async ({ json, ...given }: EngineChoice & { json?: boolean }) => {
    const options = given as Options;
    const result = await measure(options, () => startChosenEngine(given));
    process.stdout.write(`${json ? JSON.stringify(result) : lines(result, options).filter(Boolean).join('\n')}\n`);
  });
}

/** `--backbone`, of which a short name will do: `deit_tiny` is `deit_tiny_patch16_224`. Others are refused, naming those that there are. */
export function backboneOption(): Option {
  return new Option('--backbone <name>', 'deit_tiny, deit_small, deit_base, … or the full name')
    .default('deit_tiny_patch16_224')
    .argParser(name => {
      const full = /_patch/.test(name) ? name : `${name}_patch16_224`;
      findBackbone(full);
      return full;
    });
}
