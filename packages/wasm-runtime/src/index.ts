export { compileFile } from './compile-file.js';
export { coreCount } from './core-count.js';
export { Layout, type Named } from './layout.js';
export { ownPort, startListening, startTeam, startWorker, type WorkerHandle } from './worker.js';
