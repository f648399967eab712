// Entry of a worker: a helper of a team. It sleeps until something is launched, takes chunks of the work until none is left, and sleeps again.
import { join, KERNELS, leave, type TeamExports, type TeamTask, WORDS } from './team-words.js';

/** In browsers the worker's own scope; in Node a port. */
interface Port {
  postMessage(message: string): void;
  addEventListener(type: 'message', listener: (event: { data: TeamTask }) => void): void;
  start?(): void;
}

const scope = globalThis as unknown as Partial<Port>;
const port = (scope.postMessage ? scope : (await import('node:worker_threads')).parentPort) as Port;

port.addEventListener('message', ({ data: { module, memory, team, thread } }) => {
  const exports = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } }).exports as unknown as TeamExports;
  const words = new Int32Array(memory.buffer, team, WORDS.all);
  port.postMessage('ready');
  for (let seen = 0; ; ) {
    seen = join(words, seen);
    const scratch = words[WORDS.scratch]! + thread * words[WORDS.scratchSize]!;
    exports[KERNELS[words[WORDS.kernel]!]!](team + 4 * WORDS.arguments, team, scratch);
    leave(words);
  }
});
port.start?.();
