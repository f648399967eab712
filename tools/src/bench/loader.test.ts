import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { benchmarkLoader } from './loader.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-loader-'));
afterAll(() => rmSync(folder, { recursive: true }));
const images = join(folder, 'images');
mkdirSync(images);
for (const name of ['a.jpg', 'b.JPG'])
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#468' } })
    .jpeg()
    .toFile(join(images, name));
const options = { images, crop: 32, batch: 2, workers: 1, samples: 4 };
const peer = (code: string) => {
  const file = join(folder, 'peer.mjs');
  writeFileSync(file, code);
  return `${process.execPath} ${file}`;
};

it('counts samples, and compares with another loader on the same list', async () => {
  const code = `import { readFileSync } from 'node:fs';
    const [list, ...rest] = process.argv.slice(2);
    console.log('warming up');
    const loader = rest.join(' ') + ' ' + readFileSync(list, 'utf8').trim().split('\\n').length;
    console.log(JSON.stringify({ loader, samplesPerSecond: 1e-6, cpuMilliseconds: 1e6 }));`;
  const result = await benchmarkLoader({ ...options, peer: peer(code) });
  expect(result).toMatchObject({ images: 2, generated: false, samples: 4, crop: 32 });
  expect(result.samplesPerSecond).toBeGreaterThan(0);
  expect(result.peer!.loader).toBe('--crop 32 --batch 2 --workers 1 --samples 4 --warm-up 2 2');
  expect(result.ratio!.samplesPerSecond).toBeCloseTo(result.samplesPerSecond * 1e6);
  expect(result.ratio!.cpuMilliseconds).toBeGreaterThan(1);
});

it('says what is wrong with the other loader or the images', async () => {
  const fails = (more: object, message: string | RegExp) => expect(benchmarkLoader({ ...options, ...more })).rejects.toThrow(message);
  await fails({ peer: peer('console.log("hello")') }, 'expected one JSON line with samplesPerSecond, cpuMilliseconds, found "hello"');
  await fails({ peer: peer('throw new Error("No module named torch")') }, '--peer');
  await fails({ images: join(folder, 'no') }, 'is no folder');
  mkdirSync(join(folder, 'empty'));
  await fails({ images: join(folder, 'empty') }, 'holds no JPEG files');
});
