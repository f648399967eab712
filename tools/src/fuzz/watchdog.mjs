// Ends a process in which a reader hangs: workerData is [files begun, whether files are being read] in shared memory.
import { workerData as counter } from 'node:worker_threads';

const patience = 60; // seconds: a machine that is busy otherwise may let a file wait
let last = -1;
let since = Date.now();
setInterval(() => {
  const now = Atomics.load(counter, 0);
  if (now !== last || !Atomics.load(counter, 1)) [last, since] = [now, Date.now()];
  else if (Date.now() - since > 1000 * patience) {
    process.stderr.write(`fuzz: file ${now} takes more than ${patience} s; it hangs\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}, 1000);
