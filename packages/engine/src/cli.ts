import { parseArgs } from 'node:util';
import { runProgram } from '@wsss/files';
import { describeEngines, inspectEngines } from './doctor.js';
import { EngineError } from './engine.js';
import { installTensorFlow } from './install.js';

const help = `wsss-engine doctor [--json]                       which engines work here, why others do not, and what to type
wsss-engine install native|cuda [--from <wheel>]  fetch TensorFlow's library, for processors or for NVIDIA GPUs
`;

/** The command `wsss-engine`. What cannot be done becomes one line on the standard error, and exit code 1. */
export const main = (args: string[]): Promise<void> => runProgram('wsss-engine', () => run(args));

async function run(args: string[]): Promise<void> {
  const { positionals, values } = parse(args);
  const [command, kind, ...rest] = positionals;
  if (values.help || command === undefined) process.stdout.write(help);
  else if (command === 'doctor' && kind === undefined && values.from === undefined) {
    const engines = await inspectEngines();
    process.stdout.write(values.json ? `${JSON.stringify(engines)}\n` : describeEngines(engines));
  } else if (command === 'install' && (kind === 'native' || kind === 'cuda') && rest.length === 0 && !values.json) {
    const { folder, bytes } = await installTensorFlow(kind, { from: values.from, onProgress: line => process.stderr.write(`${line}\n`) });
    process.stdout.write(`TensorFlow's library is in ${folder} (${Math.round(bytes / 1e6)} MB)\n`);
  } else throw new EngineError(`\`${args.join(' ')}\` is no command. There are:\n${help}`.trimEnd());
}

function parse(args: string[]) {
  const options = { from: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  return parseArgs({ args, options, allowPositionals: true });
}
