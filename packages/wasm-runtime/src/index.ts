export { compileFile } from './compile-file.js';
export { Layout, type Named } from './layout.js';
export { coreCount, maySleep, ownPort, startListening, startTeam, startWorker, type WorkerHandle } from './worker.js';
