import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Journal } from './journal.js';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
const settings = { checkpoint: 'abc', scales: [1, 1.5], crf: undefined };

async function openAndClose(file: string, given: Record<string, unknown> = settings) {
  const opened = await Journal.open<{ id: number }>(file, given);
  await opened.journal.close();
  return opened;
}

it('gives back what was appended, and is gone when it is removed', async () => {
  const file = join(folder, 'new', 'a.jsonl');
  const { journal, earlier } = await Journal.open<{ id: number }>(file, settings);
  expect(earlier).toEqual([]);
  await Promise.all([journal.append({ id: 1 }), journal.append({ id: 2 })]);
  await journal.close();
  expect(readFileSync(file, 'utf8')).toBe('{"journal":"wsss-journal-1","checkpoint":"abc","scales":[1,1.5]}\n{"id":1}\n{"id":2}\n');
  const again = await Journal.open<{ id: number }>(file, settings);
  expect(again).toMatchObject({ earlier: [{ id: 1 }, { id: 2 }], differing: [] });
  await again.journal.append({ id: 3 });
  await again.journal.remove();
  expect(existsSync(file)).toBe(false);
});

it('drops a line that was not written to its end, and one that is damaged', async () => {
  const file = join(folder, 'cut.jsonl');
  const { journal } = await Journal.open<{ id: number }>(file, settings);
  await journal.append({ id: 1 });
  await journal.close();
  appendFileSync(file, '{"id":\n{"id":4}\n{"id":5');
  expect((await openAndClose(file)).earlier).toEqual([{ id: 1 }, { id: 4 }]);
  const { journal: more } = await Journal.open<{ id: number }>(file, settings);
  await more.append({ id: 6 });
  await more.close();
  expect((await openAndClose(file)).earlier).toEqual([{ id: 1 }, { id: 4 }, { id: 6 }]);
});

it('begins anew for other settings, and says which differ', async () => {
  const file = join(folder, 'other.jsonl');
  const { journal } = await Journal.open<{ id: number }>(file, settings);
  await journal.append({ id: 1 });
  await journal.close();
  const other = await openAndClose(file, { ...settings, checkpoint: 'def', crf: true });
  expect(other).toMatchObject({ earlier: [], differing: ['checkpoint', 'crf'] });
  expect(await openAndClose(file, { ...settings, checkpoint: 'def', crf: true })).toMatchObject({ earlier: [], differing: [] });
});

it('begins anew where its first line was cut, and leaves alone what is no journal', async () => {
  const file = join(folder, 'theirs.jsonl');
  for (const text of ['', '{"jour', '{"journal":"wsss-journal-1","check']) {
    writeFileSync(file, text);
    expect(await openAndClose(file)).toMatchObject({ earlier: [], differing: [] });
  }
  for (const text of ['not a journal\n', '{"journal":"of a traveler"}\n']) {
    writeFileSync(file, text);
    await expect(openAndClose(file)).rejects.toThrow(/theirs\.jsonl: it is there, and is no journal of this program; move it away/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  }
});

it('says what to do when it cannot be written', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(Journal.open(join(folder, 'file', 'a.jsonl'), {})).rejects.toThrow(/progress cannot be written to .*file.*a\.jsonl: /);
  mkdirSync(join(folder, 'a.jsonl'));
  await expect(Journal.open(join(folder, 'a.jsonl'), {})).rejects.toThrow(/a\.jsonl: /);
});

it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
  const file = join(folder, 'full.jsonl');
  symlinkSync('/dev/full', file);
  await expect(Journal.open(file, {})).rejects.toThrow(/full\.jsonl: the disk is full; make room and start the same command again/);
});
