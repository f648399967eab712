import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ColorTable, isPictureFile, readLabelMapFile, shortNames } from '@wsss/datasets';
import { makeFolder, readFile, resultNames } from '@wsss/files';
import { Progress } from '@wsss/train';
import { type Command, Option } from 'commander';
import { readJson } from '../recipes/read-json.js';
import { integer } from './options.js';

interface MasksOptions {
  fromRgb?: string;
  from16Bit?: string;
  fromGray?: string;
  out: string;
  classes: number;
  colors?: string;
  colours?: string;
}

/** mcc data masks: converts masks that are not palette PNGs. */
export function addDataMasksCommand(data: Command): void {
  data
    .command('masks')
    .summary('convert masks to palette PNGs')
    .description('Converts masks whose labels are colors (RGB, RGBA) or gray values to palette PNGs, which training and evaluation read.')
    .option('--from-rgb <path>', 'an RGB mask, or a folder of them')
    .option('--from-16-bit <path>', 'a 16-bit gray mask, or a folder of them')
    .option('--from-gray <path>', 'a mask whose gray values are the labels, in 8 or 16 bits and one to four channels, or a folder of them')
    .requiredOption('--out <dir>', 'where the palette PNGs go; existing files are not overwritten')
    .option('--classes <n>', 'RGB: the colors are those of VOC for background, classes 1 to n, and ignore', integer(1, 254), 20)
    .option('--colors <file>', "RGB: other colors: CVAT's labelmap.txt, or JSON: [[red, green, blue, label], …]")
    .addOption(new Option('--colours <file>').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  mcc data masks --from-rgb SegmentationRGB --out SegmentationClass
  mcc data masks --from-rgb SegmentationClass --colors labelmap.txt --out labels
  mcc data masks --from-rgb coco-masks --classes 80 --out SegmentationClass/train2014
  mcc data masks --from-16-bit exported --out labels`,
    )
    .action(async (options: MasksOptions) => {
      const { readDeepMask, readGrayMask, readRgbMask, vocColors, writePalettePng } = await import('@wsss/datasets');
      const sources = [options.fromRgb, options.from16Bit, options.fromGray].filter(path => path !== undefined);
      const [source] = sources;
      if (!source || sources.length > 1)
        throw new Error('say what to convert: either --from-rgb PATH or --from-16-bit PATH or --from-gray PATH');
      const table = options.colors ?? options.colours;
      const colors = table ? await readColors(table) : vocColors(options.classes);
      const files = await masksAt(source);
      makeFolder(options.out);
      const present = new Set(await readdir(options.out));
      const short = new Map(shortNames(files.map(file => basename(file))).map((name, i) => [basename(files[i]!), name]));
      const names = resultNames([...short.keys()], file => short.get(file)!).map(name => `${name}.png`);
      const taken = names.find(name => present.has(name));
      if (taken) throw new Error(`${join(options.out, taken)} exists already; choose another --out`);
      const progress = new Progress({ total: files.length, label: 'masks' });
      for (const [i, file] of files.entries()) {
        const map = options.fromRgb ? await readRgbMask(file, colors) : await (options.fromGray ? readGrayMask : readDeepMask)(file);
        await writePalettePng(join(options.out, names[i]!), map);
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
  const files = (await readdir(path)).filter(isPictureFile).sort();
  if (!files.length) throw new Error(`${path} holds no images`);
  return files.map(name => join(path, name));
}

async function readColors(file: string): Promise<ColorTable> {
  if (/\.txt$/i.test(file)) {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new Error(`--colors: ${file} cannot be read`);
    });
    try {
      return readLabelMapFile(text).colors;
    } catch (error) {
      throw new Error(`--colors: ${file} ${(error as Error).message}`, { cause: error });
    }
  }
  const table = readJson(file, '--colors');
  const isByte = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
  if (!Array.isArray(table) || !table.every(row => Array.isArray(row) && row.length === 4 && row.every(isByte)))
    throw new Error(`--colors: ${file} is no list of [red, green, blue, label] with whole numbers from 0 to 255`);
  return table as unknown as ColorTable;
}
