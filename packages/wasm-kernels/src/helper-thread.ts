// Entry of a worker: a helper of a team. It sleeps until something is launched, takes chunks of the work until none is left, and sleeps
// again.
import { Layout, ownPort } from '@wsss/wasm-runtime';
import { join, leave, type TeamExports, type TeamTask, WORDS } from './team-words.js';

const port = ownPort();
port.listen(message => {
  const { module, memory, team, thread } = message as TeamTask;
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as TeamExports;
  const kernels = new Layout(module).functions.map(name => exports[name]!);
  const words = new Int32Array(memory.buffer, team, WORDS.all);
  port.postMessage('ready');
  for (let seen = 0; ; ) {
    seen = join(words, seen);
    const scratch = words[WORDS.scratch]! + thread * words[WORDS.scratchSize]!;
    kernels[words[WORDS.kernel]!]!(team + 4 * WORDS.arguments, team, scratch);
    leave(words);
  }
});
