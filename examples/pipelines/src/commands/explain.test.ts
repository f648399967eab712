import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { runCommand, smallCheckpoint } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = await smallCheckpoint(join(folder, 'run', 'checkpoint.safetensors'));
const photo = join(folder, 'cat.png');
await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a06030' } }).toFile(photo);
const out = join(folder, 'page.html');
const explain = (...args: string[]) => runCommand(['explain', photo, '--checkpoint', checkpoint, '--out', out, ...args]);

it('writes a page and its numbers', async () => {
  const { err, out: json, code } = await explain('--labels', 'cat,dog', '--patch', '39,29', '--before', checkpoint, '--json');
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/page\.html: cat, dog \(given\), \d of 8 local views positive; numbers in .*page\.json/),
  ]);
  expect(readFileSync(out, 'utf8')).toContain('MCC in one image: cat.png');
  expect(JSON.parse(readFileSync(join(folder, 'page.json'), 'utf8'))).toEqual(JSON.parse(json));
  expect(JSON.parse(json)).toMatchObject({ labels: ['cat', 'dog'], grid: [3, 5], patch: { row: 2, column: 4 }, seed: 0 });
  rmSync(out);
});

it('refuses what does not fit, and writes nothing', async () => {
  for (const [args, message] of [
    [['--labels', 'cat,unicorn'], /there is no class unicorn; the classes are aeroplane/],
    [['--patch', '40,0'], /--patch: 40,0 lies outside cat\.png, which is 40×30/],
    [['--before', photo], /cat\.png/],
    [['--out', join(folder, 'page.png')], /does not end in \.html/],
    [['--checkpoint', join(folder, 'none')], /none/],
  ] as const)
    expect(await explain(...args)).toMatchObject({ code: 1, err: expect.stringMatching(message) });
  expect(existsSync(out)).toBe(false);
  const other = await runCommand(['explain', 'shapes:1', '--checkpoint', checkpoint, '--out', out]);
  expect(other.err).toMatch(/shapes:1 is labeled with 5 classes, but .* knows 20; name its classes with --labels/);
});
