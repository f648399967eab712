import type { EngineName } from '@wsss/engine';
import type { Command } from 'commander';

/** The engines that there are, in the order in which `auto` tries them, but for webgpu, which has to be named. */
const engines: Record<EngineName, string> = {
  cuda: "TensorFlow's C library on an NVIDIA GPU; mcc engine install cuda",
  native: "TensorFlow's C library on the processor; mcc engine install native",
  webgpu: 'TensorFlow.js on other GPUs, only where it is named; npm install webgpu @tensorflow/tfjs-backend-webgpu',
  wasm: 'TensorFlow.js in WebAssembly with kernels of our own; needs nothing',
  cpu: 'TensorFlow.js in plain JavaScript, to check the others; needs nothing',
};

/** mcc doctor: which engines work here, why others do not, and what to type. */
export function addCommand(command: Command): void {
  command
    .description('Tries every engine and says which work here, why others do not, and what to type.')
    .option('--list', 'only name the engines that there are, without trying them')
    .option('--json', 'print the result as JSON on standard output')
    .action(async ({ list, json }: { list?: boolean; json?: boolean }) => {
      if (list) {
        const lines = Object.entries(engines).map(([name, about]) => `${name.padEnd(7)} ${about}\n`);
        process.stdout.write(json ? `${JSON.stringify({ engines: Object.keys(engines) })}\n` : lines.join(''));
        return;
      }
      const { describeEngines, inspectEngines } = await import('@wsss/engine');
      const reports = await inspectEngines();
      const machine = { node: process.version, platform: `${process.platform}-${process.arch}` };
      process.stdout.write(json ? `${JSON.stringify({ ...machine, engines: reports })}\n` : describeEngines(reports));
    });
}
