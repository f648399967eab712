// Entry of a worker: thread 1, 2, … of a lattice engine. It sleeps until the engine writes a command, runs its share, and sleeps again.
import { Layout, ownPort } from '@wsss/wasm-runtime';
import { COMMAND_WORDS, type LatticeExports, type ThreadTask } from './team.js';

const port = ownPort();
port.listen(message => {
  const { module, memory, thread, command: address } = message as ThreadTask;
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as LatticeExports;
  const { functions } = new Layout(module);
  const command = new Int32Array(memory.buffer, address, COMMAND_WORDS);
  port.postMessage('ready');
  for (let done = 0; ; done++) {
    Atomics.wait(command, 0, done);
    const [, name = 0, count = 0] = command;
    // The last argument is the thread's number.
    exports[functions[name]!]!(...command.subarray(3, 2 + count), thread);
  }
});
