// Takes a folder again and again and notes when: node lock-program.mjs MODULE FOLDER JOURNAL ROUNDS
import { appendFileSync } from 'node:fs';

const [, , module, folder, journal, rounds] = process.argv;
const { FolderLock } = await import(module);
for (let round = 0; round < Number(rounds); ) {
  const lock = await FolderLock.acquire(folder, { doing: 'a test' }).catch(() => undefined);
  if (lock) {
    appendFileSync(journal, `in ${process.pid}\n`);
    for (const end = performance.now() + 2; performance.now() < end; );
    lock.check();
    appendFileSync(journal, `out ${process.pid}\n`);
    lock.release();
    round++;
  }
  await new Promise(done => setTimeout(done, 1));
}
