// Entry of a worker: thread 1, 2, … of a lattice engine. It sleeps until the engine writes a command, runs its share, and sleeps again.
import type { LatticeExports } from './lattice-engine.js';
import { platform } from './platform.js';
import { COMMAND_WORDS, TEAM_FUNCTIONS, type ThreadTask } from './team.js';
import { ownPort } from './worker-start.js';

const port = await ownPort();
port.listen(message => {
  const { module, memory, thread, command: address } = message as ThreadTask;
  const exports = new platform.WebAssembly.Instance(module, { env: { memory, abort: () => {} } }).exports as unknown as LatticeExports;
  const command = new Int32Array(memory.buffer, address, COMMAND_WORDS);
  port.postMessage('ready');
  for (let done = 0; ; done++) {
    Atomics.wait(command, 0, done);
    const [, name = 0, count = 0] = command;
    const call = exports[TEAM_FUNCTIONS[name]!] as (...parameters: number[]) => unknown;
    call(...command.subarray(3, 3 + count), thread);
  }
});
