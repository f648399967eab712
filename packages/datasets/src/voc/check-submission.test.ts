import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { encodePalettePng, writePalettePng } from '../images/write-palette-png.js';
import { tarEnd, tarEntry } from '../shards/tar.js';
import { checkVocSubmission } from './check-submission.js';
import { LabelSubmission } from './label-submission.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-submission-'));
afterAll(() => rmSync(folder, { recursive: true }));
const voc = join(folder, 'VOC2012');
const [root, archive] = [join(folder, 'out'), join(folder, 'results.tgz')];
const ids = ['2008_000006', '2008_000011', '2008_000012'];
const map = (label = 20, width = 5) => ({ width, height: 4, data: new Uint8Array(4 * width).map((_, i) => (i % 3 ? 0 : label)) });
const png = (id: string) => join(root, `results/VOC2012/Segmentation/comp6_test_cls/${id}.png`);
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const pack = (...options: string[]) => execFileSync('tar', ['-C', root, ...options, '-czf', archive, 'results']);
const check = (path = archive) => checkVocSubmission(path, { voc });

beforeEach(async () => {
  for (const path of [root, voc]) rmSync(path, { recursive: true, force: true });
  const jpeg = await sharp({ create: { width: 5, height: 4, channels: 3, background: '#888' } })
    .jpeg()
    .toBuffer();
  for (const id of ids) put(join(voc, 'JPEGImages', `${id}.jpg`), jpeg);
  put(join(voc, 'ImageSets/Segmentation/test.txt'), `${ids.join('\n')}\n`);
  mkdirSync(dirname(png('')), { recursive: true });
  for (const id of ids) await writePalettePng(png(id), map());
});

it('finds nothing wrong with what is packed here, by tar or in a folder', async () => {
  const right = { masks: 3, expected: 3, problems: [] };
  const submission = new LabelSubmission(join(folder, 'own'), 'test', ids);
  for (const id of ids) await submission.add(id, map());
  expect(await submission.check(async () => ({ width: 5, height: 4 }))).toEqual(right);
  expect(await check(await submission.pack())).toEqual(right);
  for (const format of ['gnu', 'ustar', 'pax']) {
    pack(`--format=${format}`);
    expect(await check()).toEqual(right);
  }
  expect(await check(root)).toEqual(right);
});

it('names what the server would refuse or score wrongly', async () => {
  await writePalettePng(png(ids[0]!), map(3, 6));
  await writePalettePng(png(ids[1]!), map(255));
  rmSync(png(ids[2]!));
  await writePalettePng(png('2007_000001'), map());
  put(join(root, 'results/VOC2012/.DS_Store'), 'x');
  put(join(root, `results/${ids[0]}.png`), 'x');
  pack();
  const { masks, expected, problems } = await check();
  expect([masks, expected]).toEqual([2, 3]);
  expect(problems.sort()).toEqual(
    [
      '1 of 3 images of test have no labels: 2008_000012',
      `results/${ids[0]}.png: it is not in results/VOC2012/Segmentation/comp6_test_cls/`,
      'results/VOC2012/.DS_Store: it is a file that a system has put there; leave it out',
      'results/VOC2012/Segmentation/comp6_test_cls/2007_000001.png: 2007_000001 is no image of test',
      `results/VOC2012/Segmentation/comp6_test_cls/${ids[0]}.png: it is 6×4, its image 5×4; they must be equal`,
      `results/VOC2012/Segmentation/comp6_test_cls/${ids[1]}.png: it has the label 255; every pixel needs one of 0 to 20`,
    ].sort(),
  );
});

it.each([
  ['labels out of range', encodePalettePng(map(21)), 'label 21 is out of range: expected 0 to 20'],
  ['colors', await sharp(encodePalettePng(map())).toColorspace('srgb').png({ palette: false }).toBuffer(), 'it is RGB'],
  [
    'gray',
    await sharp(Buffer.from(map(1).data), { raw: { width: 5, height: 4, channels: 1 } })
      .toColorspace('b-w')
      .png()
      .toBuffer(),
    'no palette',
  ],
  ['another palette', recolored(), "its palette has the color 255, 0, 0 for label 1, VOC's has 128, 0, 0"],
])('knows %s', async (_, bytes, message) => {
  put(png(ids[0]!), bytes);
  pack();
  expect((await check()).problems).toEqual([expect.stringContaining(message)]);
});

/** The PNG of labels 0 and 1 with a palette of black and red. */
function recolored(): Uint8Array {
  const bytes = Buffer.from(encodePalettePng(map(1)));
  const at = bytes.indexOf('PLTE');
  bytes.set([255, 0, 0], at + 4 + 3);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes.subarray(at, at + 4 + 768)));
  bytes.set(sum, at + 4 + 768);
  return bytes;
}

it.each([
  [
    'labels that are there twice',
    (name: string) => [[name, png(ids[0]!)] as const],
    [`results/VOC2012/Segmentation/comp6_test_cls/${ids[0]}.png: labels of ${ids[0]} are there twice`],
  ],
  [
    'labels of both competitions',
    (name: string) => [[name.replace('comp6', 'comp5').replace(ids[0]!, ids[1]!), png(ids[1]!)] as const],
    [
      'there are labels for comp5 and for comp6; an archive is for one of them',
      `results/VOC2012/Segmentation/comp6_test_cls/${ids[1]}.png: labels of ${ids[1]} are there twice`,
    ],
  ],
])('knows %s', async (_, more, expected) => {
  const named = (id: string) => `results/VOC2012/Segmentation/comp6_test_cls/${id}.png`;
  const files = [...more(named(ids[0]!)), ...ids.map(id => [named(id), png(id)] as const)];
  const entries = files.flatMap(([name, file]) => [tarEntry(name, readFileSync(file))].flat());
  writeFileSync(archive, Buffer.concat([...entries, tarEnd]));
  expect((await check()).problems).toEqual(expected);
});

it('names a file that is damaged, and one that is no PNG', async () => {
  truncateSync(png(ids[0]!), 60);
  writeFileSync(png(ids[1]!), readFileSync(join(voc, 'JPEGImages', `${ids[1]}.jpg`)));
  pack();
  const { masks, problems } = await check();
  expect([masks, problems.sort()]).toEqual([
    3,
    [
      expect.stringMatching(/2008_000006\.png: it is truncated/),
      expect.stringMatching(/2008_000011\.png: it is not a PNG file; labels must be exact/),
    ],
  ]);
});

it('says what is wrong with an archive as a whole', async () => {
  pack();
  truncateSync(archive, 300);
  await expect(check()).rejects.toThrow(/cannot read .*results\.tgz: /);
  for (const [begins, name] of [
    ['504b0304', 'a zip archive'],
    ['425a6839', 'compressed by bzip2'],
    ['fd377a585a00', 'compressed by xz'],
  ] as const) {
    put(archive, Buffer.from(`${begins}00000000`, 'hex'));
    await expect(check()).rejects.toThrow(`it is ${name}; the server takes a tar archive: tar -czf results.tgz results`);
  }
  await expect(check(voc)).rejects.toThrow(`cannot read ${voc}: it has no folder results/`);
  put(archive, 'no archive'.repeat(100));
  await expect(check()).rejects.toThrow('it is no tar archive, or damaged at byte 0');
  await expect(check(join(folder, 'no.tgz'))).rejects.toThrow('no.tgz: the file does not exist');
  execFileSync('tar', ['-C', root, '-cf', archive, 'results']);
  const whole = readFileSync(archive);
  writeFileSync(archive, whole.subarray(0, 2000));
  await expect(check()).rejects.toThrow('it is truncated');
  copyFileSync(png(ids[0]!), archive);
  await expect(check()).rejects.toThrow('it is no tar archive');
  const zeros = gzipSync(new Uint8Array(2 ** 27));
  writeFileSync(archive, Buffer.concat(Array.from({ length: 9 }, () => zeros)));
  await expect(check()).rejects.toThrow('it unpacks to more than 1024 MB');
});
