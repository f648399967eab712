import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, smallCheckpoint, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-data-submission-'));
afterAll(() => rmSync(folder, { recursive: true }));
const voc = join(folder, 'VOC2012');
const packed = join(folder, 'packed');
let ids: string[] = [];

beforeAll(async () => {
  ({ ids } = await smallVoc(voc, 3));
  const checkpoint = await smallCheckpoint(join(folder, 'checkpoint.safetensors'));
  const { code } = await runCommand(['eval', 'voc', '--data', voc, '--checkpoint', checkpoint, '--split', 'test', '--out', packed]);
  expect(code).toBe(0);
});

const check = (archive: string, ...options: string[]) => runCommand(['data', 'submission', archive, '--data', voc, ...options]);

it('finds nothing wrong with what mcc eval packs', async () => {
  const { out, code } = await check(join(packed, 'results.tgz'));
  expect([out, code]).toEqual([`${join(packed, 'results.tgz')}: labels of 3 of 3 images of test, nothing is wrong\n`, 0]);
  expect((await check(packed)).code).toBe(0);
});

it('names what is wrong with the archive of another program, and ends with 1', async () => {
  const other = join(folder, 'other');
  cpSync(join(packed, 'results'), join(other, 'results'), { recursive: true });
  const labels = join(other, 'results/VOC2012/Segmentation/comp6_test_cls');
  expect(readdirSync(labels)).toEqual(ids.map(id => `${id}.png`));
  rmSync(join(labels, `${ids[0]}.png`));
  cpSync(join(labels, `${ids[2]}.png`), join(labels, `${ids[1]}.png`));
  writeFileSync(join(labels, 'Thumbs.db'), '');
  const archive = join(folder, 'other.tar.gz');
  execFileSync('tar', ['-C', other, '-czf', archive, 'results']);
  const { out, code } = await check(archive);
  expect(code).toBe(1);
  const [first, ...lines] = out.trimEnd().split('\n');
  expect(first).toBe(`${archive}: labels of 2 of 3 images of test, 3 problems`);
  expect(lines[0]).toBe(`  1 of 3 images of test have no labels: ${ids[0]}`);
  expect(lines.slice(1).sort()).toEqual([
    expect.stringMatching(/2007_000001\.png: it is 36×48, its image 40×33; they must be equal/),
    expect.stringMatching(/Thumbs\.db: it is a file that a system has put there; leave it out/),
  ]);
  expect(JSON.parse((await check(archive, '--json')).out)).toMatchObject({ archive, masks: 2, expected: 3, problems: { length: 3 } });
  const { err, code: missing } = await check(join(folder, 'no.tgz'));
  expect([err, missing]).toEqual([expect.stringContaining('no.tgz: the file does not exist'), 1]);
});
