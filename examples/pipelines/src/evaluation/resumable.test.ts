import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleProcess } from '@wsss/parallel';
import { afterAll, expect, it } from 'vitest';
import { Journal } from './journal.js';
import { openSharedJournal } from './resumable.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-shared-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Leaves journals as three ranks do that are killed. */
async function leaveJournals(...settings: { size: number }[]): Promise<void> {
  for (const [rank, of] of settings.entries()) {
    const { journal } = await Journal.open(join(folder, rank ? `progress.${rank}.jsonl` : 'progress.jsonl'), of);
    await journal.append(rank);
    await journal.append(10 + rank);
    await journal.close();
  }
}

it('goes on from what an interrupted job of more processes has done', async () => {
  await leaveJournals({ size: 96 }, { size: 96 }, { size: 96 });
  const { journal, earlier } = await openSharedJournal<number>(new SingleProcess(), folder, { size: 96 });
  expect(earlier).toEqual([0, 10, 1, 11, 2, 12]);
  expect(readdirSync(folder)).toEqual(['progress.jsonl']);
  await journal.close();
  const again = await openSharedJournal<number>(new SingleProcess(), folder, { size: 96 });
  expect(again.earlier).toEqual(earlier);
  await again.journal.remove();
});

it('takes nothing from a journal of other settings, and removes it', async () => {
  await leaveJournals({ size: 96 }, { size: 64 });
  const { journal, earlier } = await openSharedJournal<number>(new SingleProcess(), folder, { size: 96 });
  expect(earlier).toEqual([0, 10]);
  await journal.remove();
  expect(readdirSync(folder)).toEqual([]);
});
