export { compileFile } from './compile-file.js';
export { coreCount } from './core-count.js';
export { Layout } from './layout.js';
export { ownPort, type Port, startListening, startWorker, type WorkerHandle } from './worker.js';
