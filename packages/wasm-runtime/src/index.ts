export { bytesOf, compileText } from './compile-text.js';
export { Layout, type Named } from './layout.js';
export { coreCount, maySleep, ownPort, startListening, startTeam, startWorker, type WorkerHandle, type WorkerScript } from './worker.js';
