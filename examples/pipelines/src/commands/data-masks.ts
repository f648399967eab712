import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { ColorTable } from '@wsss/datasets';
import { makeFolder } from '@wsss/files';
import { Progress } from '@wsss/train';
import type { Command } from 'commander';
import { readJson } from '../recipes/read-json.js';
import { integer } from './options.js';

interface MasksOptions {
  fromRgb?: string;
  from16Bit?: string;
  out: string;
  classes: number;
  colors?: string;
}

/** mcc data masks: converts masks that are not palette PNGs. */
export function addDataMasksCommand(data: Command): void {
  data
    .command('masks')
    .summary('convert masks to palette PNGs')
    .description('Converts masks whose labels are colors (RGB) or 16-bit gray values to palette PNGs, which training and evaluation read.')
    .option('--from-rgb <path>', 'an RGB mask, or a folder of them')
    .option('--from-16-bit <path>', 'a 16-bit gray mask, or a folder of them')
    .requiredOption('--out <dir>', 'where the palette PNGs go; existing files are not overwritten')
    .option('--classes <n>', 'RGB: the colors are those of VOC for background, classes 1 to n, and ignore', integer(1), 20)
    .option('--colors <file>', 'RGB: other colors, JSON: [[red, green, blue, label], …]')
    .addHelpText(
      'after',
      `
Examples:
  mcc data masks --from-rgb SegmentationRGB --out SegmentationClass
  mcc data masks --from-rgb masks --colors colors.json --out labels
  mcc data masks --from-16-bit exported --out labels`,
    )
    .action(async (options: MasksOptions) => {
      const { readDeepMask, readRgbMask, vocColors, writePalettePng } = await import('@wsss/datasets');
      const source = options.fromRgb ?? options.from16Bit;
      if (!source || (options.fromRgb && options.from16Bit))
        throw new Error('say what to convert: either --from-rgb PATH or --from-16-bit PATH');
      const colors = options.colors ? readColors(options.colors) : vocColors(options.classes);
      const files = await masksAt(source);
      makeFolder(options.out);
      const present = new Set(await readdir(options.out));
      const target = (file: string) => `${basename(file, extname(file))}.png`;
      const lastOf = new Map(files.map(file => [target(file).toLowerCase(), file]));
      const twice = files.find(file => lastOf.get(target(file).toLowerCase()) !== file);
      if (twice) throw new Error(`${twice} and another mask would both become ${target(twice)}; rename one, or convert them apart`);
      const taken = files.find(file => present.has(target(file)));
      if (taken) throw new Error(`${join(options.out, target(taken))} exists already; choose another --out`);
      const progress = new Progress({ total: files.length, label: 'masks' });
      for (const [i, file] of files.entries()) {
        const map = options.fromRgb ? await readRgbMask(file, colors) : await readDeepMask(file);
        await writePalettePng(join(options.out, target(file)), map);
        progress.update(i + 1);
      }
      progress.finish();
      process.stderr.write(`${options.out}: ${files.length} palette PNG${files.length === 1 ? '' : 's'}\n`);
    });
}

/** @throws Error naming the path when nothing is there. */
async function masksAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => {
    throw new Error(`${path} does not exist; expected a mask or a folder of masks`);
  });
  if (!found.isDirectory()) return [path];
  const files = (await readdir(path)).filter(name => /\.(png|tiff?|bmp|webp|jpe?g)$/i.test(name)).sort();
  if (!files.length) throw new Error(`${path} holds no images`);
  return files.map(name => join(path, name));
}

function readColors(file: string): ColorTable {
  const table = readJson(file, '--colors');
  const isByte = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
  if (!Array.isArray(table) || !table.every(row => Array.isArray(row) && row.length === 4 && row.every(isByte)))
    throw new Error(`--colors: ${file} is no list of [red, green, blue, label] with whole numbers from 0 to 255`);
  return table as unknown as ColorTable;
}
